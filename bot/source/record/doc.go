// Package record turns named text values, as they stand in a row, a JSON
// object or a form, into mentions: which field is which, dates, ratings,
// identities, and what is wrong in plain words. Sources that read records
// share it, so that a rating or a date means the same in each.
package record
