//! The clinic's side of the agent: served on the LAN from the local copy.
