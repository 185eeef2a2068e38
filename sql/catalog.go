package sql

import _ "embed"

// The statements on the catalog of a work directory (SQLite).
var (
	//go:embed catalog/assign_archive.sql
	CatalogAssignArchive string

	//go:embed catalog/claim.sql
	CatalogClaim string

	//go:embed catalog/count_blockers.sql
	CatalogCountBlockers string

	//go:embed catalog/outcome.sql
	CatalogOutcome string

	//go:embed catalog/outlook.sql
	CatalogOutlook string

	//go:embed catalog/plan_add_constraint.sql
	CatalogPlanAddConstraint string

	//go:embed catalog/plan_after_indexes.sql
	CatalogPlanAfterIndexes string

	//go:embed catalog/plan_alter_index.sql
	CatalogPlanAlterIndex string

	//go:embed catalog/plan_archive_needs.sql
	CatalogPlanArchiveNeeds string

	//go:embed catalog/plan_archive_tasks.sql
	CatalogPlanArchiveTasks string

	//go:embed catalog/plan_batches.sql
	CatalogPlanBatches string

	//go:embed catalog/plan_complete_table.sql
	CatalogPlanCompleteTable string

	//go:embed catalog/plan_complete_table_needs.sql
	CatalogPlanCompleteTableNeeds string

	//go:embed catalog/plan_copy_extension_data.sql
	CatalogPlanCopyExtensionData string

	//go:embed catalog/plan_copy_large_objects.sql
	CatalogPlanCopyLargeObjects string

	//go:embed catalog/plan_copy_part.sql
	CatalogPlanCopyPart string

	//go:embed catalog/plan_copy_part_needs.sql
	CatalogPlanCopyPartNeeds string

	//go:embed catalog/plan_copy_table.sql
	CatalogPlanCopyTable string

	//go:embed catalog/plan_copy_table_needs.sql
	CatalogPlanCopyTableNeeds string

	//go:embed catalog/plan_create_index.sql
	CatalogPlanCreateIndex string

	//go:embed catalog/plan_create_index_needs.sql
	CatalogPlanCreateIndexNeeds string

	//go:embed catalog/plan_drop_existing.sql
	CatalogPlanDropExisting string

	//go:embed catalog/plan_event_trigger_needs.sql
	CatalogPlanEventTriggerNeeds string

	//go:embed catalog/plan_foreign_key_needs.sql
	CatalogPlanForeignKeyNeeds string

	//go:embed catalog/plan_loose_entry_needs.sql
	CatalogPlanLooseEntryNeeds string

	//go:embed catalog/plan_milestone.sql
	CatalogPlanMilestone string

	//go:embed catalog/plan_milestone_needs.sql
	CatalogPlanMilestoneNeeds string

	//go:embed catalog/plan_needs_milestone.sql
	CatalogPlanNeedsMilestone string

	//go:embed catalog/plan_release_snapshot.sql
	CatalogPlanReleaseSnapshot string

	//go:embed catalog/plan_release_snapshot_needs.sql
	CatalogPlanReleaseSnapshotNeeds string

	//go:embed catalog/plan_restore_pre_data.sql
	CatalogPlanRestorePreData string

	//go:embed catalog/plan_restore_pre_data_needs.sql
	CatalogPlanRestorePreDataNeeds string

	//go:embed catalog/plan_schema_milestone.sql
	CatalogPlanSchemaMilestone string

	//go:embed catalog/plan_sequence_batches.sql
	CatalogPlanSequenceBatches string

	//go:embed catalog/plan_set_database_properties.sql
	CatalogPlanSetDatabaseProperties string

	//go:embed catalog/plan_set_sequences.sql
	CatalogPlanSetSequences string

	//go:embed catalog/plan_tables_milestone.sql
	CatalogPlanTablesMilestone string

	//go:embed catalog/plan_truncate_table.sql
	CatalogPlanTruncateTable string

	//go:embed catalog/plan_vacuum_table.sql
	CatalogPlanVacuumTable string

	//go:embed catalog/plan_vacuum_table_needs.sql
	CatalogPlanVacuumTableNeeds string

	//go:embed catalog/redo_unlogged.sql
	CatalogRedoUnlogged string

	//go:embed catalog/schema.sql
	CatalogSchema string

	//go:embed catalog/settle_barriers.sql
	CatalogSettleBarriers string

	//go:embed catalog/settle_done.sql
	CatalogSettleDone string

	//go:embed catalog/settle_failed.sql
	CatalogSettleFailed string

	//go:embed catalog/settle_put_back.sql
	CatalogSettlePutBack string

	//go:embed catalog/skip_dependents.sql
	CatalogSkipDependents string

	//go:embed catalog/source_work.sql
	CatalogSourceWork string

	//go:embed catalog/take_back.sql
	CatalogTakeBack string

	//go:embed catalog/unblock.sql
	CatalogUnblock string
)
