package bot

import "time"

// Linking is a person's word on whether an author is a customer. It outweighs
// e-mail addresses and handles, until somebody says otherwise.
type Linking struct {
	AuthorID   int64
	CustomerID int64
	Linked     bool // false: they are not the same person
	By         Person
	At         time.Time
}

// CustomerRecord is a customer with all that is known of them here.
type CustomerRecord struct {
	Customer Customer
	Authors  []RecordAuthor // whom they are linked to, who said most first
}

// Mentions is how much they said in all.
func (r CustomerRecord) Mentions() int {
	n := 0
	for _, a := range r.Authors {
		n += a.Mentions
	}
	return n
}

// RecordAuthor is one author that a customer is.
type RecordAuthor struct {
	Author   Author
	Source   string
	Mentions int
}
