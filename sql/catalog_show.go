package sql

import _ "embed"

// The statements that show a catalog to people. They only read, and each is a SELECT on one of the catalog's views.
var (
	//go:embed catalog/show_compare_kinds.sql
	CatalogShowCompareKinds string

	//go:embed catalog/show_compare_objects.sql
	CatalogShowCompareObjects string

	//go:embed catalog/show_compare_tables.sql
	CatalogShowCompareTables string

	//go:embed catalog/show_compare_totals.sql
	CatalogShowCompareTotals string

	//go:embed catalog/show_failures.sql
	CatalogShowFailures string

	//go:embed catalog/show_kinds.sql
	CatalogShowKinds string

	//go:embed catalog/show_overall.sql
	CatalogShowOverall string

	//go:embed catalog/show_retries.sql
	CatalogShowRetries string

	//go:embed catalog/show_run.sql
	CatalogShowRun string

	//go:embed catalog/show_steps.sql
	CatalogShowSteps string

	//go:embed catalog/show_step_times.sql
	CatalogShowStepTimes string

	//go:embed catalog/show_tables.sql
	CatalogShowTables string

	//go:embed catalog/show_table_count.sql
	CatalogShowTableCount string

	//go:embed catalog/show_workers.sql
	CatalogShowWorkers string

	//go:embed catalog/show_list_collations.sql
	CatalogShowListCollations string

	//go:embed catalog/show_list_constraints.sql
	CatalogShowListConstraints string

	//go:embed catalog/show_list_depends.sql
	CatalogShowListDepends string

	//go:embed catalog/show_list_extensions.sql
	CatalogShowListExtensions string

	//go:embed catalog/show_list_indexes.sql
	CatalogShowListIndexes string

	//go:embed catalog/show_list_sequences.sql
	CatalogShowListSequences string

	//go:embed catalog/show_list_skipped.sql
	CatalogShowListSkipped string

	//go:embed catalog/show_list_table_parts.sql
	CatalogShowListTableParts string

	//go:embed catalog/show_list_tables.sql
	CatalogShowListTables string

	//go:embed catalog/show_parse_list.sql
	CatalogShowParseList string

	//go:embed catalog/show_schema_constraints.sql
	CatalogShowSchemaConstraints string

	//go:embed catalog/show_schema_database.sql
	CatalogShowSchemaDatabase string

	//go:embed catalog/show_schema_entries.sql
	CatalogShowSchemaEntries string

	//go:embed catalog/show_schema_extensions.sql
	CatalogShowSchemaExtensions string

	//go:embed catalog/show_schema_indexes.sql
	CatalogShowSchemaIndexes string

	//go:embed catalog/show_schema_large_objects.sql
	CatalogShowSchemaLargeObjects string

	//go:embed catalog/show_schema_schemas.sql
	CatalogShowSchemaSchemas string

	//go:embed catalog/show_schema_sequences.sql
	CatalogShowSchemaSequences string

	//go:embed catalog/show_schema_skipped.sql
	CatalogShowSchemaSkipped string

	//go:embed catalog/show_schema_tables.sql
	CatalogShowSchemaTables string
)
