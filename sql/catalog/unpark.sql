UPDATE task SET pool = substr(pool, 8)
 WHERE pool LIKE 'parked:%' AND step IN (SELECT value FROM json_each(?1));
