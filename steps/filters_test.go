package steps

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pgcopy/pgcopy/internal/pgtest"
	"github.com/pgcopy/pgcopy/internal/truth"
)

// filterCase is a filter in two spellings. expect is what makes the target's likeness out of a copy of the source: Postgres's own idea
// of what goes with what.
type filterCase struct {
	name    string
	literal string
	regex   string
	expect  string
}

var filterCases = []filterCase{
	{"exclude-table",
		"[exclude-table]\nks.orders\nks.reg_types ; names orders in a value\nks.TREE\n\"it's\".\"it's\"\nks.shares_1\nks.by_hash\nks.by_range_2025\nks.other_am_mv\nks.circle_b\nks.foreign_table",
		"[exclude-table]\n~/^ks$/.~/^orders$/\nks.~/^(reg_types|tree|shares_1)$/\n~|^it's$|.~\"^it's$\"\nks.~{^by_hash$}\n~/ks/.~/^by_range_2025$/\nks.~/^other_am_mv$/\n" +
			"~/^ks$/.~[circle_b]\n~/^ks$/.~/^foreign_/\n",
		`ALTER SEQUENCE ks.owned_elsewhere OWNED BY NONE; -- another table uses it
		DROP TABLE ks.orders, ks.reg_types, ks.tree, "it's"."it's", ks.shares_1, ks.by_hash, ks.by_range_2025 CASCADE;
		DROP MATERIALIZED VIEW ks.other_am_mv; DROP VIEW ks.circle_b CASCADE; DROP FOREIGN TABLE ks.foreign_table`,
	},
	{"exclude-schema",
		"[exclude-schema]\n\"Upper Case\"\n\"dot.ted.name\"\nSPLIT\npublic # its extensions stay\n[exclude-table-data]\nks.reg_types ; names tables in values",
		"[exclude-schema]\n~/^Upper Case$/\n~'^dot[.]ted[.]name$'\n~<split>\n~/^public$/\n[exclude-table-data]\nks.~/^reg_types$/",
		// The schema stays for its extension, which belongs to the database.
		`CREATE SCHEMA keep; ALTER EXTENSION btree_gist SET SCHEMA keep; DROP SCHEMA "Upper Case" CASCADE;
		CREATE SCHEMA "Upper Case" AUTHORIZATION "ks Quoted.Role"; GRANT USAGE ON SCHEMA "Upper Case" TO "ks ""double"" quote" WITH GRANT OPTION;
		COMMENT ON SCHEMA "Upper Case" IS 'Upper Case schema'; ALTER EXTENSION btree_gist SET SCHEMA "Upper Case"; DROP SCHEMA keep;
		DROP SCHEMA "dot.ted.name", split CASCADE; TRUNCATE ks.reg_types; DROP TABLE public."Orders", public.orders, public."ORDERS" CASCADE;` + plainPublic,
	},
	{"exclude-table-data",
		"[exclude-table-data]\nks.orders\nks.by_range\nks.storage\nks.other_am_mv\nks.mv_m\nks.secret_rows\nks_ext.pgcopy_test_tree",
		"[exclude-table-data]\nks.~/^ord/\n~/^ks$/.~/^by_range$/\n~/^ks$/.storage\nks.~/^(other_am_mv|mv_m)$/\nks.~/^secret_rows$/\n~/^ks_ext$/.~/tree$/",
		`TRUNCATE ks.orders, ks.by_range, ks.storage, ks.secret_rows, ks_ext.pgcopy_test_tree; REFRESH MATERIALIZED VIEW ks.other_am_mv WITH NO DATA;
		REFRESH MATERIALIZED VIEW ks.mv_m WITH NO DATA; REFRESH MATERIALIZED VIEW ks.mv_a WITH NO DATA; REFRESH MATERIALIZED VIEW ks.mv_0 WITH NO DATA;
		REFRESH MATERIALIZED VIEW ks.mv_needs_pk`,
	},
	{"exclude-index",
		"[exclude-index]\nks.ix_btree\nks.by_range_id\nks.\"by pk\"\nks.tom_c\nks.keys_u\nks.no_overlap\nks.mv_z_expr\nks.by_hash_pkey\nks.ix_replica",
		"[exclude-index]\n~/^ks$/.~/^ix_btree$/\nks.~/^by_range(_2024)?_id/\nks.~/^by pk$/\nks.~/^(tom_c|keys_u|no_overlap|mv_z_expr|ix_replica)$/\nks.~/^by_hash.*_pkey$/",
		`DROP INDEX ks.ix_btree, ks.mv_z_expr, ks.ix_replica, ks.by_range_id; ALTER TABLE ks.identity_by_pk DROP CONSTRAINT "by pk" CASCADE;
		ALTER TABLE ks.target_of_many DROP CONSTRAINT tom_c CASCADE; ALTER TABLE ks.keys DROP CONSTRAINT keys_u; ALTER TABLE ks.excluded DROP CONSTRAINT no_overlap;
		ALTER TABLE ks.by_hash DROP CONSTRAINT by_hash_pkey CASCADE; ALTER TABLE ks.identity_by_pk REPLICA IDENTITY DEFAULT; ALTER TABLE ks.indexed REPLICA IDENTITY DEFAULT`,
	},
	{"exclude-extension",
		"[exclude-extension]\npg_trgm\npgcopy_test\nbtree_gist\ncube",
		"[exclude-extension]\n~/trgm$/\n~/^pgcopy/\n~/gist/\n~/cube/",
		`DROP TABLE ks.ext_types, ks.uses_test_extension; DROP EXTENSION pg_trgm, pgcopy_test, btree_gist, cube CASCADE`,
	},
	{"include-only-extension",
		"[include-only-extension]\nhstore\nCITEXT\nbtree_gist",
		"[include-only-extension]\n~/^(hstore|citext)$/\n~/gist/",
		`DROP TABLE ks.ext_types, ks.uses_test_extension; DROP EXTENSION pg_trgm, pgcopy_test, cube, earthdistance, ltree, intarray, bloom`,
	},
	{"include-only-schema",
		"[include-only-schema]\n\"dot.ted.name\"\nsplit\nempty",
		"[include-only-schema]\n~/ted/\n~/^split$/\n~/^empty$/",
		dropRest + `CALL pg_temp.drop_rest(ARRAY['dot.ted.name', 'split', 'empty'], ARRAY[]::text[]);
		DROP STATISTICS IF EXISTS "dot.ted.name"."stat elsewhere";` + plainPublic,
	},
	{"include-only-table",
		"[include-only-table]\nks.uses_foreign_owner\nks.type_user\nks.by_list_c\nks.leaf_1\nks.egg\nks.triggered\nks.ext_excluded\nks.child\npublic.orders\nks.other_am\nks.other_am_mv\nks.serials\n\"it's\".\"it's\"\nks.foreign_table",
		"[include-only-table]\nks.~/^uses_foreign_owner$/\nks.~/^type_user$/\n~/^ks$/.~/^by_list_c$/\nks.~/^leaf_1$/\nks.~/^egg$/\nks.~/^triggered$/\nks.~/^ext_excl/\n~/^ks$/.child\n~/^public$/.~/^orders$/\n" +
			"ks.~/^other_am/\nks.~/^serials$/\n~/^it's$/.~/^it's$/\nks.~/^foreign_table$/",
		dropRest + `ALTER SEQUENCE ks.owned_elsewhere OWNED BY NONE;
		CALL pg_temp.drop_rest(ARRAY['public', 'ks', 'it''s', 'Upper Case'], ARRAY['ks.uses_foreign_owner', 'ks.owned_elsewhere', 'ks.type_user', 'ks.by_list', 'ks.by_list_c',
			'ks.by_range', 'ks.by_range_2025', 'ks."by_range_2025 list"', 'ks.leaf_1', 'ks.egg', 'ks.triggered', 'ks.ext_excluded', 'ks.child', 'ks.parent',
			'public.orders', 'ks.other_am', 'ks.other_am_mv', 'ks.serials', 'ks.serials_a_seq', 'ks.serials_b_seq', 'ks.serials_c_seq',
			'"it''s"."it''s"', '"it''s"."it''s_id_seq"', '"it''s"."s it''s"', 'ks.foreign_table']);
		ALTER TABLE ks.parent DROP CONSTRAINT parent_pkey; TRUNCATE ONLY ks.parent -- its definition is needed, no more`,
	},
}

// plainPublic makes the schema public that of a new database.
const plainPublic = `
	REVOKE ALL ON SCHEMA public FROM ks_reader, ks_writer CASCADE; GRANT USAGE ON SCHEMA public TO PUBLIC; COMMENT ON SCHEMA public IS 'standard public schema';`

// subscription is what CREATE DATABASE ... TEMPLATE does not copy: subscriptions belong to the server.
const subscription = `CREATE SUBSCRIPTION "ks Subscription" CONNECTION 'host=127.0.0.1 port=1 dbname=nowhere application_name=''it is nowhere'' connect_timeout=2'
    PUBLICATION "some Pub", other WITH (connect = false, enabled = false, slot_name = NONE, create_slot = false, binary = true, streaming = true, synchronous_commit = 'remote_apply');
	COMMENT ON SUBSCRIPTION "ks Subscription" IS 'a subscription';`

// dropRest drops what an include-only filter leaves out: all that is of no schema, other schemas, and of the relations those that are not
// listed, when any are. Then what nothing uses any more: DROP without CASCADE finds out.
const dropRest = `
	SET client_min_messages = error;
	CREATE PROCEDURE pg_temp.drop_each(query text, command text) LANGUAGE plpgsql AS $$
	DECLARE o text;
	BEGIN
		FOR o IN EXECUTE query LOOP
			BEGIN EXECUTE format(command, o);
			EXCEPTION WHEN dependent_objects_still_exist OR undefined_table OR undefined_function OR undefined_object OR invalid_schema_name THEN NULL;
			END;
		END LOOP;
	END $$;
	CREATE PROCEDURE pg_temp.drop_rest(schemas text[], relations text[]) LANGUAGE plpgsql AS $$
	DECLARE
		users text := 'JOIN pg_namespace n ON n.nspname !~ ''^pg_'' AND n.nspname <> ''information_schema''
			AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = x.oid AND d.classid = x.tableoid AND d.deptype = ''e'') AND n.oid = ';
		o text[];
	BEGIN
		CALL pg_temp.drop_each('SELECT quote_ident(evtname) FROM pg_event_trigger', 'DROP EVENT TRIGGER %s');
		CALL pg_temp.drop_each('SELECT quote_ident(pubname) FROM pg_publication', 'DROP PUBLICATION %s');
		CALL pg_temp.drop_each('SELECT format(''(%s AS %s)'', castsource::regtype, casttarget::regtype) FROM pg_cast x WHERE x.oid >= 16384
			AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = x.oid AND d.classid = x.tableoid AND d.deptype = ''e'')', 'DROP CAST %s');
		CALL pg_temp.drop_each(format('SELECT quote_ident(nspname) FROM pg_namespace WHERE nspname !~ ''^pg_'' AND nspname <> ''information_schema'' AND nspname <> ''public''
			AND nspname <> ALL (%L)', schemas), 'DROP SCHEMA %s CASCADE');
		IF cardinality(relations) > 0 THEN
			CALL pg_temp.drop_each('SELECT CASE relkind WHEN ''v'' THEN ''VIEW '' WHEN ''m'' THEN ''MATERIALIZED VIEW '' WHEN ''f'' THEN ''FOREIGN TABLE '' WHEN ''S'' THEN ''SEQUENCE '' ELSE ''TABLE '' END
				|| format(''%I.%I'', nspname, relname) FROM pg_class x ' || users || format('relnamespace WHERE relkind IN (''r'',''p'',''v'',''m'',''f'',''S'')
				AND NOT (relkind = ''S'' AND EXISTS (SELECT FROM pg_depend WHERE classid = 1259 AND objid = x.oid AND deptype = ''i''))
				AND x.oid <> ALL (%L::regclass[])', relations), 'DROP %s CASCADE');
		ELSE
			DROP TABLE public."Orders", public.orders, public."ORDERS";
			DROP SERVER "ks Server" CASCADE;
		END IF;
		CALL pg_temp.drop_each('SELECT format(''FOR %s LANGUAGE %I'', trftype::regtype, lanname) FROM pg_transform JOIN pg_language l ON l.oid = trflang', 'DROP TRANSFORM %s CASCADE');
		FOR i IN 1..4 LOOP
			CALL pg_temp.drop_each('SELECT quote_ident(lanname) FROM pg_language WHERE lanname ~ ''^ks''', 'DROP LANGUAGE %s');
			CONTINUE WHEN cardinality(relations) = 0;
			FOREACH o SLICE 1 IN ARRAY ARRAY[['OPERATOR', 'x.oid::regoperator', 'pg_operator x', 'oprnamespace'],
				['OPERATOR CLASS', 'format(''%I.%I USING %I'', nspname, opcname, amname)', 'pg_opclass x JOIN pg_am a ON a.oid = opcmethod', 'opcnamespace'],
				['OPERATOR FAMILY', 'format(''%I.%I USING %I'', nspname, opfname, amname)', 'pg_opfamily x JOIN pg_am a ON a.oid = opfmethod', 'opfnamespace'],
				['ROUTINE', 'x.oid::regprocedure', 'pg_proc x', 'pronamespace'],
				['TYPE', 'format(''%I.%I'', nspname, typname)', 'pg_type x', 'typnamespace WHERE typelem = 0 AND typrelid = 0'],
				['TYPE', 'format(''%I.%I'', nspname, relname)', 'pg_class x', 'relnamespace WHERE relkind = ''c'''],
				['COLLATION', 'x.oid::regcollation', 'pg_collation x', 'collnamespace'],
				['CONVERSION', 'format(''%I.%I'', nspname, conname)', 'pg_conversion x', 'connamespace'],
				['TEXT SEARCH CONFIGURATION', 'format(''%I.%I'', nspname, cfgname)', 'pg_ts_config x', 'cfgnamespace'],
				['TEXT SEARCH DICTIONARY', 'format(''%I.%I'', nspname, dictname)', 'pg_ts_dict x', 'dictnamespace'],
				['TEXT SEARCH PARSER', 'format(''%I.%I'', nspname, prsname)', 'pg_ts_parser x', 'prsnamespace'],
				['TEXT SEARCH TEMPLATE', 'format(''%I.%I'', nspname, tmplname)', 'pg_ts_template x', 'tmplnamespace']]
			LOOP
				CALL pg_temp.drop_each(format('SELECT %s FROM %s %s %s', o[2], o[3], users, o[4]), 'DROP ' || o[1] || ' %s');
			END LOOP;
		END LOOP;
		CALL pg_temp.drop_each('SELECT quote_ident(fdwname) FROM pg_foreign_data_wrapper', 'DROP FOREIGN DATA WRAPPER %s');
		CALL pg_temp.drop_each('SELECT quote_ident(extname) FROM pg_extension WHERE extname <> ''plpgsql'' ORDER BY oid DESC', 'DROP EXTENSION %s');
		CALL pg_temp.drop_each('SELECT quote_ident(amname) FROM pg_am WHERE amname ~ ''^ks''', 'DROP ACCESS METHOD %s');
		DELETE FROM pg_default_acl WHERE defaclnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname = 'dot.ted.name');
	END $$;
	-- privileges on what is the server's own
	REVOKE ALL ON LANGUAGE plpgsql FROM ks_owner, ks_writer; GRANT USAGE ON LANGUAGE plpgsql TO PUBLIC;
	REVOKE SELECT (rolname) ON pg_catalog.pg_authid FROM ks_reader; GRANT EXECUTE ON FUNCTION pg_catalog.pg_sleep(double precision) TO PUBLIC;
	`

// sinkSource loads the small kitchen sink once for all cases.
func sinkSource(t *testing.T) (src, dst *pgtest.Server, name string) {
	t.Helper()
	src, dst = pgtest.Pair(t)
	name = src.FreshDB(t)
	ctx := context.Background()
	if err := truth.LoadSmallKitchenSink(ctx, src.URI(name)); err != nil {
		t.Fatal(err)
	}
	if err := truth.LoadRoles(ctx, dst.URI("postgres")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = truth.Unload(ctx, src.URI(name)) })
	return src, dst, name
}

// filtered clones with a filter and returns the target.
func filtered(t *testing.T, source string, dst *pgtest.Server, text string, set ...func(*Options)) (target string, o Options, err error) {
	t.Helper()
	target = dst.URI(dst.FreshDB(t))
	t.Cleanup(func() { _ = truth.Unload(context.Background(), target) })
	o = testOptions(t, source, target)
	o.Filters = filepath.Join(t.TempDir(), "filters.ini")
	o.SkipDBProperties = true // CREATE DATABASE ... TEMPLATE does not copy them
	if err := os.WriteFile(o.Filters, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, s := range set {
		s(&o)
	}
	_, err = Clone(context.Background(), o)
	return target, o, err
}

func TestFilters(t *testing.T) {
	if testing.Short() {
		t.Skip("clones the kitchen sink many times")
	}
	src, dst, name := sinkSource(t)
	for _, c := range filterCases {
		t.Run(c.name, func(t *testing.T) {
			likeness := name + "_" + strings.NewReplacer("-", "_", " ", "_", ",", "").Replace(c.name)
			src.Exec(t, "postgres", fmt.Sprintf("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '%s'", name)) // holders of snapshots
			src.CreateDB(t, likeness, fmt.Sprintf("TEMPLATE %q", name))
			t.Cleanup(func() { _ = truth.Unload(context.Background(), src.URI(likeness)) })
			if !strings.HasPrefix(c.expect, dropRest) {
				src.Exec(t, likeness, subscription)
			}
			src.Exec(t, likeness, c.expect)
			literal, _, err := filtered(t, src.URI(name), dst, c.literal)
			if err != nil {
				t.Fatal(err)
			}
			mustEqual(t, src, src.URI(likeness), literal)
			regex, _, err := filtered(t, src.URI(name), dst, c.regex)
			if err != nil {
				t.Fatal(err)
			}
			mustEqual(t, src, literal, regex)
		})
	}
}
