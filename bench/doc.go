// Command bench measures pgcopy against its peers and against physics, on two PostgreSQL servers of its own. `make bench` runs it.
//
//	bench run        fills each data set, copies it with every tool in turn, checks, measures, stores and prints
//	bench report     prints stored figures again, against those of an earlier commit if one is named, and draws the charts
//	bench measure    runs one tool for `bench run` and tells what it took (a process of its own, so that all of the tool's are its children)
//
// For every data set there is a floor: the CPU seconds that the two servers need for the work itself, without any tool (floor.go). What a tool
// took is held against it by four ratios (ratios.go). A copy that is not equal to its source has no time (check.go).
//
// It owns the servers, the data sets, the measuring and the stored figures under bench/results. Whether a copy is right is internal/truth's,
// the life of the servers internal/pgtest's. It shares no code with pgcopy, which it runs as anybody would: the program and its options.
//
// It needs Linux: what a server and a tool took is read from /proc.
package main
