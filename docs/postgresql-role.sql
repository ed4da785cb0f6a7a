-- A role for the application on PostgreSQL that can't change the audit record. Run this as the owner of the tables after
-- each migration; migrations run as the owner. In psql: \set role onboarding_app
GRANT USAGE ON SCHEMA public TO :"role";
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO :"role";
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO :"role";
-- The role is not the owner, so it can't remove the triggers. It may only read these tables and add to them.
REVOKE UPDATE, DELETE ON onboarding_event, onboarding_auditrecord FROM :"role";
-- To erase a person. The triggers let only events of a row in onboarding_erasure go, and the audit chain has to name them.
GRANT DELETE, UPDATE (actor_id, address) ON onboarding_event TO :"role";
REVOKE DELETE ON onboarding_audithead FROM :"role";
REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM :"role";
