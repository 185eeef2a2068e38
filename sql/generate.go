package sql

//go:generate go run -buildvcs=false ../internal/embedsql
