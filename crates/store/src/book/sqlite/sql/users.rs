//! Statements about who may sign in. The table of attempts is no longer written: they are counted in
//! memory.

statements! {
    USER_EXISTS = "SELECT EXISTS (SELECT 1 FROM site_user WHERE name = ?1)";
    ADD_USER = "INSERT INTO site_user (name, isv_id, password, created_at) VALUES (?1, ?2, ?3, ?4)";
    USERS = "SELECT site_user.name, site_user.isv_id, isv.name, created_at
        FROM site_user LEFT JOIN isv USING (isv_id) ORDER BY site_user.name";
    PASSWORD_OF = "SELECT password FROM site_user WHERE name = ?1";
    SET_PASSWORD = "UPDATE site_user SET password = ?2 WHERE name = ?1";
    REMOVE_USER = "DELETE FROM site_user WHERE name = ?1";
    END_SESSIONS_OF = "DELETE FROM site_session WHERE name = ?1";
    END_OLD_SESSIONS = "DELETE FROM site_session WHERE expires_at <= ?1 OR seen_at <= ?2";
    END_SESSIONS_BEYOND = "DELETE FROM site_session WHERE digest IN (
        SELECT digest FROM site_session WHERE name = ?1
        ORDER BY created_at DESC, digest LIMIT -1 OFFSET ?2)";
    BEGIN_SESSION = "INSERT INTO site_session (digest, name, created_at, seen_at, expires_at)
        VALUES (?1, ?2, ?3, ?3, ?4)";
    SIGNED_IN = "SELECT site_user.name, site_user.isv_id, isv.name, site_user.created_at,
            seen_at, expires_at
        FROM site_session JOIN site_user USING (name) LEFT JOIN isv USING (isv_id)
        WHERE digest = ?1 AND expires_at > ?2 AND seen_at > ?3";
    SEE_SESSION = "UPDATE site_session SET seen_at = ?2 WHERE digest = ?1 AND seen_at < ?2";
    END_SESSION = "DELETE FROM site_session WHERE digest = ?1";

    // How many there are.
    ACCOUNTS = "SELECT count(*) FROM site_user WHERE isv_id IS NOT NULL";
    APPS_OF_ISV = "SELECT count(*) FROM app WHERE isv_id = ?1";
}
