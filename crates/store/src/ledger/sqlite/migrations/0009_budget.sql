-- How many of the calls taken were the reserve's (confirming scans, and lists that somebody asked
-- the agent for), and how many were for lists that somebody read by a command. The others were
-- polls'. What was taken before this was told apart counts as polls'.
ALTER TABLE calls ADD COLUMN reserved INTEGER NOT NULL DEFAULT 0;
ALTER TABLE calls ADD COLUMN by_hand INTEGER NOT NULL DEFAULT 0;
