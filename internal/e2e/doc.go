// Package e2e tests pgcopy as its users meet it: the real program, built once per test process, run between two real
// servers, killed, starved of its connections, stopped, resumed, and judged by internal/truth.
//
// It owns the program's file, the processes it starts and what they leave behind: a process never outlives its test, the
// holder of a snapshot included. What the program thinks of itself is read from the catalog with plain SQL. It leaves
// servers to internal/pgtest, and whether two databases are equal to internal/truth.
package e2e
