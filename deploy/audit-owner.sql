-- Gives the audit log to a role of its own, so that the application can append and read, and nothing else.
-- Run it as a superuser, or as the owner of the database, after `muster migrate`; `app` is the role in DATABASE_URL:
--     psql -v app=muster -f deploy/audit-owner.sql "$ADMIN_DATABASE_URL"
-- Run it again after an upgrade whose notes name the audit schema.
CREATE ROLE muster_audit NOLOGIN;
GRANT USAGE, CREATE ON SCHEMA audit TO muster_audit;
ALTER TABLE audit.entries OWNER TO muster_audit;
ALTER FUNCTION audit.append() OWNER TO muster_audit;
ALTER FUNCTION audit.refuse() OWNER TO muster_audit;
ALTER FUNCTION audit.expire(timestamp with time zone, integer) OWNER TO muster_audit;
ALTER FUNCTION audit.erase(bigint[], boolean) OWNER TO muster_audit;
ALTER SCHEMA audit OWNER TO muster_audit;
REVOKE ALL ON SCHEMA audit FROM :"app";
REVOKE ALL ON audit.entries FROM :"app";
GRANT USAGE ON SCHEMA audit TO :"app";
GRANT SELECT, INSERT ON audit.entries TO :"app";
GRANT EXECUTE ON FUNCTION audit.expire(timestamp with time zone, integer) TO :"app";
GRANT EXECUTE ON FUNCTION audit.erase(bigint[], boolean) TO :"app";
