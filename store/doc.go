// Package store keeps everything: all SQL of Earshot and its durable queue
// live here. It runs on SQLite (one writer connection, a pool of readers,
// write-ahead log, FTS5); the SQL is written so that PostgreSQL runs the same
// text, and what differs stands in the migrations and in dialect.go.
//
// A transaction lives in the context that Transact hands to its function:
// every method called with that context takes part in it. Times are UTC with
// millisecond precision. What is not there is a bot.Error of kind ErrNotFound.
package store
