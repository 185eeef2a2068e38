package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// resultsVersion changes when older files of results can no longer be read.
const resultsVersion = 1

// Results is what one `make bench` has measured, run by run, as it is stored. Medians and ratios are made from it when it is shown.
type Results struct {
	Version  int               `json:"version"`
	When     time.Time         `json:"when"`
	Commit   string            `json:"commit"` // of pgcopy
	Machine  Machine           `json:"machine"`
	Postgres string            `json:"postgres"`
	Tools    map[string]string `json:"tools"`
	Settings map[string]string `json:"settings"` // of both servers
	Scale    float64           `json:"scale"`
	Sets     []Set             `json:"sets"`
}

// Set is one data set, its floors (one a round), and the copies of it.
type Set struct {
	Name         string  `json:"name"`
	Bytes        int64   `json:"bytes"` // of the source database
	Tables       int     `json:"tables"`
	Indexes      int     `json:"indexes"`
	LargeObjects int     `json:"large_objects"`
	Floors       []Floor `json:"floors"`
	Runs         []Run   `json:"runs"`
}

// Run is one copy by one tool.
type Run struct {
	Round       int        `json:"round"`
	Tool        string     `json:"tool"`
	Jobs        int        `json:"jobs,omitempty"`
	Wall        float64    `json:"wall_s"`
	ToolCPU     float64    `json:"tool_cpu_s"`
	SourceCPU   float64    `json:"source_cpu_s"`
	TargetCPU   float64    `json:"target_cpu_s"`
	OtherCPU    float64    `json:"other_cpu_s"` // of all else on the machine: what makes the wall clock a lie
	PeakKB      int64      `json:"peak_kb"`
	Failed      string     `json:"failed,omitempty"`
	Differences []string   `json:"differences,omitempty"`
	Activity    []Activity `json:"activity,omitempty"`
}

// good says whether the time of a run means anything.
func (r Run) good() bool { return r.Failed == "" && len(r.Differences) == 0 }

func (r Run) contender() contender { return contender{r.Tool, r.Jobs} }

func (r *Results) save(file string) error {
	b, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, append(b, '\n'), 0o644)
}

func loadResults(file string) (*Results, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var r Results
	if err := json.Unmarshal(b, &r); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if r.Version != resultsVersion {
		return nil, fmt.Errorf("%s: results of version %d, this program reads version %d", file, r.Version, resultsVersion)
	}
	return &r, nil
}
