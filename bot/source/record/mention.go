package record

import (
	"crypto/sha256"
	"encoding/hex"
	"html"
	"math"
	"strconv"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/text"
)

// The bounds of one mention. They are ours: what is longer is cut, never lost.
const (
	MaxText  = 1 << 20 // bytes of a text
	maxShort = 2000    // bytes of a name, title, id or attribute
	MaxRaw   = 2000    // bytes of a rejected item that are kept
)

// Settings say how values are read.
type Settings struct {
	Zone     *time.Location // of dates that name none; nil means UTC
	Order    DateOrder      // of 03/04/2026
	RatingOf int            // the highest mark where no column tells; 0 means 5
	Survey   bool           // ratings are 0–10 answers to "how likely are you to recommend us"
	Watch    string         // of every record whose watch is not mapped
	Private  bool           // said where only we can read it
}

// Reader turns records into mentions.
type Reader struct {
	set Settings
	now func() time.Time
}

// NewReader makes a reader. now is the time of records without a date.
func NewReader(set Settings, now func() time.Time) *Reader {
	if set.Zone == nil {
		set.Zone = time.UTC
	}
	if set.RatingOf == 0 {
		set.RatingOf = 5
	}
	return &Reader{set: set, now: now}
}

// Mention reads one record, whose values stand in the order of plan's columns,
// into m. It gives an Error of kind ErrInvalid that says what is wrong; m is
// then of no use. The same values always give the same ExternalID.
func (r *Reader) Mention(m *bot.Mention, plan *Plan, values []string) error {
	*m = bot.Mention{Private: r.set.Private}
	m.Author.Followers = -1
	of, rating := r.set.RatingOf, ""
	for i, v := range values {
		var err error
		switch f := plan.fields[i]; f {
		case AttrPrefix:
			r.attr(m, plan.attrs[i], v, len(values))
		case Rating:
			rating = v
		case RatingOf:
			of, err = parseOf(v, of)
		default:
			err = r.field(m, f, v)
		}
		if err != nil {
			return err
		}
	}
	var err error
	if m.Rating, err = ParseRating(rating, of, r.set.Survey); err != nil {
		return err
	}
	return r.finish(m, values)
}

// field sets one field of m.
func (r *Reader) field(m *bot.Mention, f Field, v string) (err error) {
	switch f {
	case ID:
		m.ExternalID = short(v)
	case Text:
		m.Text = text.Clean(plain(text.CutBytes(v, MaxText)))
	case Title:
		m.Title = text.OneLine(plain(text.CutBytes(v, maxShort)))
	case AuthorID:
		m.Author.Handle = strings.TrimPrefix(short(v), "@")
	case AuthorName:
		m.Author.Name = short(v)
	case Email:
		m.Author.Email = email(v)
	case Followers:
		m.Author.Followers = count(v)
	case CreatedAt:
		m.CreatedAt, err = ParseTime(v, r.set.Zone, r.set.Order)
	case URL:
		m.URL = text.SafeURL(v)
	case Watch:
		m.Watches = split(v)
	case Language:
		m.Language = short(v)
	case Parent:
		m.ParentID = short(v)
	}
	return err
}

// plain turns the character references that exports of web services leave in
// their texts ("&amp;") into the characters they stand for.
func plain(s string) string {
	if !strings.Contains(s, "&") {
		return s
	}
	return html.UnescapeString(s)
}

// attr keeps a value that no field has; empty ones are left out.
func (r *Reader) attr(m *bot.Mention, name, v string, room int) {
	v = text.Clean(text.CutBytes(v, maxShort))
	if v == "" {
		return
	}
	if m.Attrs == nil {
		m.Attrs = make(map[string]string, min(room, 16))
	}
	m.Attrs[name] = v
}

// finish gives m what no column gave, and judges the whole.
func (r *Reader) finish(m *bot.Mention, values []string) error {
	if m.Text == "" && m.Title == "" && !m.Rating.Given() {
		return bot.Errorf(bot.ErrInvalid, "It has no text and no rating.")
	}
	now := r.now().UTC()
	switch {
	case m.CreatedAt.IsZero():
		m.CreatedAt = now
	case m.CreatedAt.After(now.Add(24 * time.Hour)):
		return bot.Errorf(bot.ErrInvalid, "Its date, %s, lies in the future. Check the date and its time zone.", m.CreatedAt.Format(time.RFC3339))
	}
	if len(m.Watches) == 0 && r.set.Watch != "" {
		m.Watches = []string{r.set.Watch}
	}
	if m.ExternalID == "" {
		m.ExternalID = ContentID(values...)
	}
	return nil
}

// ContentID identifies a record that has no id by all that it says: the same
// values give the same id. It is SHA-256, cut to 128 bits.
func ContentID(values ...string) string {
	h := sha256.New()
	var size [8]byte
	for _, v := range values {
		n := len(v)
		for i := range size {
			size[i] = byte(n >> (8 * i))
		}
		h.Write(size[:]) // the length first, so that "a","bc" differs from "ab","c"
		h.Write([]byte(v))
	}
	return "content-" + hex.EncodeToString(h.Sum(nil)[:16])
}

// Rejected makes the dead letter of one item, its raw text made safe and cut.
// reason is an error's message for people.
func Rejected(where string, err error, raw string, now time.Time) bot.Rejected {
	return bot.Rejected{
		Where: where, Reason: bot.Told(err), At: now.UTC(),
		Raw: text.CutBytes(text.Clean(text.CutBytes(raw, 2*MaxRaw)), MaxRaw),
	}
}

// short cleans a value that is one line.
func short(v string) string {
	if v = text.CutBytes(v, maxShort); plainLine(v) {
		return v
	}
	return text.OneLine(v)
}

// plainLine tells whether v is one line of printable ASCII without outer or
// double spaces, which needs no cleaning.
func plainLine(v string) bool {
	space := true
	for i := 0; i < len(v); i++ {
		c := v[i]
		if c < ' ' || c >= 0x7f || c == ' ' && space {
			return false
		}
		space = c == ' '
	}
	return v == "" || !space
}

// email gives an address in lower case; "" for what cannot be one.
func email(v string) string {
	v = strings.ToLower(short(v))
	if i := strings.IndexByte(v, '@'); i <= 0 || i == len(v)-1 || strings.ContainsAny(v, " <>,;\"") {
		return ""
	}
	return v
}

// count reads a number of people; -1 for what is none.
func count(v string) int {
	n, err := strconv.Atoi(strings.NewReplacer(",", "", " ", "", "_", "").Replace(strings.TrimSpace(v)))
	if err != nil || n < 0 {
		return -1
	}
	return min(n, math.MaxInt32)
}

// split reads several watches from one value.
func split(v string) []string {
	if v = short(v); v == "" {
		return nil
	}
	if !strings.ContainsAny(v, ";|") {
		return []string{v}
	}
	var all []string
	for s := range strings.FieldsFuncSeq(v, func(c rune) bool { return c == ';' || c == '|' }) {
		if s = strings.TrimSpace(s); s != "" {
			all = append(all, s)
		}
	}
	return all
}

func itoa(n int) string { return strconv.Itoa(n) }
