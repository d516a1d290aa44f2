// Package store keeps everything: all SQL of Earshot and its durable queue
// live here. It runs on SQLite (one writer connection, a pool of readers,
// write-ahead log, FTS5) and on PostgreSQL (for several replicas). One text of
// SQL serves both; what differs stands in the migrations and in dialect_*.go.
//
// On either engine one transaction writes at a time: on SQLite there is one
// writer, on PostgreSQL each transaction first waits for an advisory lock that
// all replicas share. What a transaction has read is so until it commits, and
// none has to be tried again. Where another statement could still come between
// (River's workers take jobs without that lock) it says so.
//
// A transaction lives in the context that Transact hands to its function:
// every method called with that context takes part in it. Times are UTC with
// millisecond precision. What is not there is a bot.Error of kind ErrNotFound.
package store
