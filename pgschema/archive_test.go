package pgschema

import "testing"

func TestArchiveEntryAbout(t *testing.T) {
	comment := ArchiveEntry{Desc: "COMMENT", Name: "TABLE t", Needs: []int{12, 7}}
	index := ArchiveEntry{Desc: "INDEX", Name: "LARGE OBJECT 1", Needs: []int{12}}
	blob := ArchiveEntry{Desc: "ACL", Name: "LARGE OBJECTS 1..3", Needs: []int{12}}
	if comment.About() != 12 || index.About() != 0 || (&ArchiveEntry{Desc: "COMMENT"}).About() != 0 {
		t.Error("only comments, ACLs and labels are about something")
	}
	if comment.IsLargeObject() || index.IsLargeObject() || !blob.IsLargeObject() || !(&ArchiveEntry{Desc: "BLOB METADATA"}).IsLargeObject() {
		t.Error("large objects are told by what the entry is, not by its name alone")
	}
}
