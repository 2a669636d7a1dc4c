-- For a PostgreSQL database that runbooks ask (sql.query, sql.call). Run it there, as its owner.

-- A role that may read what runbooks look at, and nothing else. READ ONLY transactions do not stop functions such as
-- pg_terminate_backend() or pg_reload_conf(): what the role may do is the limit.
CREATE ROLE muster LOGIN PASSWORD 'change-me' CONNECTION LIMIT 10;
ALTER ROLE muster SET statement_timeout = '10s';
-- GRANT pg_read_all_stats TO muster;
-- GRANT SELECT ON orders, jobs TO muster;

-- Calls that change something: functions with an owner who may, each reviewed, each named in the policy.
-- SECURITY DEFINER makes the function the only way to that right; its search_path is fixed, or callers choose what it calls.
--   CREATE SCHEMA ops;
--   CREATE FUNCTION ops.cancel_backends(pids int[]) RETURNS TABLE (pid int, cancelled boolean)
--     LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog
--     AS 'SELECT p, pg_cancel_backend(p) FROM unnest(pids) p';
--   REVOKE ALL ON FUNCTION ops.cancel_backends(int[]) FROM PUBLIC;
--   GRANT USAGE ON SCHEMA ops TO muster;
--   GRANT EXECUTE ON FUNCTION ops.cancel_backends(int[]) TO muster;

-- With this table a call happens once for a step, whatever crashes in between: its key is written in the same
-- transaction. Without it a call whose end nobody knows is for people to settle. Rows may go after some weeks.
CREATE TABLE muster_calls (key text PRIMARY KEY, at timestamptz NOT NULL DEFAULT now());
GRANT SELECT, INSERT ON muster_calls TO muster;
