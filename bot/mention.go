package bot

import "time"

// Mention is one thing one author said: a post, review, comment, e-mail,
// ticket note, survey answer or chat message.
type Mention struct {
	ID         int64             `json:"id"`                  // ours; 0 before it is stored
	Source     string            `json:"source"`              // configured name of the source
	Kind       string            `json:"kind"`                // kind of that source: "feed", "file", …
	ExternalID string            `json:"external_id"`         // the source's id, unique within Source
	ParentID   string            `json:"parent_id,omitempty"` // external id of what this answers
	Author     Author            `json:"author"`              //
	Title      string            `json:"title,omitempty"`     // of a review or article, plain text
	Text       string            `json:"text"`                // plain text: valid UTF-8, no control characters
	Quoted     string            `json:"quoted,omitempty"`    // text of somebody else that the author quotes
	Language   string            `json:"language,omitempty"`  // what the source says of it, BCP 47; a hint
	URL        string            `json:"url,omitempty"`       // where people can read it, http or https
	Rating     Rating            `json:"rating"`              // zero where the author gave none
	Media      []Media           `json:"media,omitempty"`     //
	Attrs      map[string]string `json:"attrs,omitempty"`     // every other column or field, as text
	Watches    []string          `json:"watches,omitempty"`   // watches it belongs to: mapped by the source or matched
	RepostOf   string            `json:"repost_of,omitempty"` // external id, when it only repeats another mention
	Private    bool              `json:"private,omitempty"`   // said where only we can read it (survey, e-mail)
	Deleted    bool              `json:"deleted,omitempty"`   // the author or the source has taken it back
	CreatedAt  time.Time         `json:"created_at"`          // UTC; first seen where the source gives no date
	EditedAt   time.Time         `json:"edited_at,omitzero"`  // zero when never edited
	SeenAt     time.Time         `json:"seen_at"`             // when Earshot first read it
	Bounced    bool              `json:"bounced,omitempty"`   // it says that ParentID, a reply of ours, came back and reached nobody; not stored
	History    bool              `json:"history,omitempty"`   // read in a first sync: stored and counted, opens nothing
}

// Said is the author's own words: title and text, without what is quoted.
func (m Mention) Said() string {
	if m.Title == "" || m.Title == m.Text {
		return m.Text
	}
	if m.Text == "" {
		return m.Title
	}
	return m.Title + "\n" + m.Text
}

// Author is who wrote a mention on one source.
type Author struct {
	ID         int64  `json:"id"`                    // ours; 0 before it is stored
	ExternalID string `json:"external_id,omitempty"` // the source's stable id; Handle stands in where there is none
	Handle     string `json:"handle,omitempty"`      // without a leading @
	Name       string `json:"name,omitempty"`        // display name
	Email      string `json:"email,omitempty"`       // lower case
	URL        string `json:"url,omitempty"`         // profile page
	Followers  int    `json:"followers"`             // -1 where the source does not tell
	Staff      bool   `json:"staff,omitempty"`       // one of us: never counted as a customer's voice
	Automated  bool   `json:"automated,omitempty"`   // a bot or a news desk
	CustomerID int64  `json:"customer_id,omitempty"` // 0 when no customer is known
}

// Key identifies an author within a source: the stable id, else the handle,
// the e-mail address or the name. It is empty for an anonymous author.
func (a Author) Key() string {
	for _, s := range []string{a.ExternalID, a.Handle, a.Email, a.Name} {
		if s != "" {
			return s
		}
	}
	return ""
}

// Label is how the author is called on a card: "@handle", the name, or "Somebody".
func (a Author) Label() string {
	switch {
	case a.Handle != "":
		return "@" + a.Handle
	case a.Name != "":
		return a.Name
	case a.Email != "":
		return a.Email
	}
	return "Somebody"
}

// Rating is the mark an author gave: stars, or an answer to "how likely are
// you to recommend us" on 0 to 10. The zero value means that there is none.
type Rating struct {
	Value  float64 `json:"value"`
	Of     int     `json:"of"`               // the highest mark: 5 for stars, 10 for a survey; 0 means no rating
	Survey bool    `json:"survey,omitempty"` // a 0–10 likelihood to recommend
}

// Given tells whether there is a rating.
func (r Rating) Given() bool { return r.Of > 0 }

// Media is a picture, video or file of a mention. It is linked, never fetched.
type Media struct {
	Type string `json:"type"` // image, video, audio, file
	URL  string `json:"url"`
	Alt  string `json:"alt,omitempty"`
}

// Watch is what is listened for: our brand, a product, or a competitor.
type Watch struct {
	Name     string
	Kind     WatchKind
	Terms    []string // words and phrases; "#tag" and "@handle" match as such
	Exclude  []string // a mention that has one of these is not about the watch
	Sources  []string // limits the watch to these sources; empty means all
	Accounts []string // our own handles: authors of these names are staff
}

// WatchKind tells whose name a watch listens for.
type WatchKind string

// The kinds of watch.
const (
	Brand      WatchKind = "brand"
	Product    WatchKind = "product"
	Competitor WatchKind = "competitor"
)

// Customer is a known person, who may be several authors.
type Customer struct {
	ID         int64             `json:"id"`
	ExternalID string            `json:"external_id"` // in the customer's system of record
	Name       string            `json:"name,omitempty"`
	Email      string            `json:"email,omitempty"`
	Handles    []string          `json:"handles,omitempty"` // "kind:handle", or "handle" for any kind of source
	Tier       string            `json:"tier,omitempty"`    // "gold"; as the import calls it
	Since      time.Time         `json:"since,omitzero"`
	Attrs      map[string]string `json:"attrs,omitempty"`
}
