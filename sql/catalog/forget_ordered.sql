-- Forgets the edges that free_ordered has taken for met: nobody is to count them again.
DELETE FROM task_need WHERE needs_id IN (SELECT value FROM json_each(?1)) AND order_only;
