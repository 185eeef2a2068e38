-- Publications of each kind, and a subscription that is disabled, has no slot and connects to nowhere.

CREATE PUBLICATION ks_all FOR ALL TABLES WITH (publish = 'insert, truncate');
CREATE PUBLICATION ks_tables FOR TABLE ks.orders, ks.refers_to_lo, ONLY ks.parent WITH (publish = 'insert');
CREATE PUBLICATION ks_partitions FOR TABLE ks.by_range WITH (publish_via_partition_root = true, publish = 'insert, truncate');
CREATE PUBLICATION ks_empty WITH (publish = '');
COMMENT ON PUBLICATION ks_tables IS 'a publication';

CREATE SUBSCRIPTION "ks Subscription" CONNECTION 'host=127.0.0.1 port=1 dbname=nowhere application_name=''it is nowhere'' connect_timeout=2'
    PUBLICATION "some Pub", other WITH (connect = false, enabled = false, slot_name = NONE, create_slot = false, synchronous_commit = 'remote_apply');
COMMENT ON SUBSCRIPTION "ks Subscription" IS 'a subscription';
