package record

import (
	"slices"
	"sort"
	"strings"

	"earshot/bot"
	"earshot/bot/text"
)

// Field is a part of a mention that a column or a path can be mapped to.
type Field string

// The fields. AttrPrefix and a name make a field of one's own: "attr.store".
const (
	ID         Field = "id"
	Text       Field = "text"
	Title      Field = "title"
	AuthorID   Field = "author"      // the handle or name of the author at the source
	AuthorName Field = "author_name" // the name to show
	Email      Field = "email"
	Followers  Field = "followers"
	CreatedAt  Field = "created_at"
	URL        Field = "url"
	Rating     Field = "rating"
	RatingOf   Field = "rating_of"
	Watch      Field = "watch"
	Language   Field = "language"
	Parent     Field = "parent"
	AttrPrefix       = "attr."
)

// Fields lists the fields by name, AttrPrefix left out.
func Fields() []Field {
	return []Field{ID, Text, Title, AuthorID, AuthorName, Email, Followers, CreatedAt, URL, Rating, RatingOf, Watch, Language, Parent}
}

// aliases lists the other names under which a field is commonly found, the
// likeliest first. Only names that can hardly mean anything else are here.
func aliases() map[Field][]string {
	return map[Field][]string{
		ID:         {"external_id", "message_id", "tweet_id", "review_id", "comment_id", "response_id", "post_id", "uuid"},
		Text:       {"body", "content", "message", "comment", "review_text", "review", "feedback", "tweet", "full_text"},
		Title:      {"subject", "headline", "review_title"},
		AuthorID:   {"username", "user_name", "screen_name", "handle", "user", "reviewer"},
		AuthorName: {"full_name", "display_name", "customer_name", "name"},
		Email:      {"e_mail", "email_address", "mail"},
		Followers:  {"followers_count", "follower_count"},
		CreatedAt:  {"created", "timestamp", "date", "datetime", "published_at", "posted_at", "submitted_at", "review_date", "time"},
		URL:        {"link", "permalink"},
		Rating:     {"stars", "star_rating", "nps_score", "nps"},
		RatingOf:   {"rating_max"},
		Language:   {"lang", "locale"},
		Parent:     {"parent_id", "in_reply_to", "in_reply_to_id", "in_reply_to_status_id"},
	}
}

// normal brings a column's name into the form of the fields' names.
func normal(name string) string {
	return strings.NewReplacer(" ", "_", "-", "_", ".", "_").Replace(strings.ToLower(strings.TrimSpace(name)))
}

// Plan says, column by column, what becomes of a record.
type Plan struct {
	fields []Field  // by column; an AttrPrefix field for what is kept as an attribute
	attrs  []string // the attribute's name where fields has AttrPrefix
}

// maxAttrName is the longest name of an attribute that is kept, in characters.
const maxAttrName = 80

// NewPlan finds the field of each column: what mapping (field → column) says,
// then columns called like a field, then common other names; whatever is left
// is kept as an attribute. An unknown field, a mapped column that does not
// exist, and a record without text or rating are an Error of kind ErrInvalid.
func NewPlan(columns []string, mapping map[string]string) (*Plan, error) {
	p := &Plan{fields: make([]Field, len(columns)), attrs: make([]string, len(columns))}
	taken := map[Field]bool{}
	for _, name := range sortedKeys(mapping) {
		f, err := ParseField(name)
		if err != nil {
			return nil, err
		}
		i := find(columns, mapping[name])
		if i < 0 {
			return nil, noColumn(name, mapping[name], columns)
		}
		if p.fields[i] != "" {
			return nil, bot.Errorf(bot.ErrInvalid, "The column %q is mapped to %s and to %s; choose one.", mapping[name], p.fields[i], f)
		}
		p.set(i, f)
		taken[f] = true
	}
	p.guess(columns, taken)
	for i, f := range p.fields {
		if f == "" {
			p.set(i, Field(AttrPrefix+attrName(columns[i], i)))
		}
	}
	if !taken[Text] && !taken[Title] && !taken[Rating] {
		return nil, bot.Errorf(bot.ErrInvalid, "No column holds the text. Map it, as in text=%s; the columns are %s.", first(columns), list(columns))
	}
	return p, nil
}

func (p *Plan) set(i int, f Field) {
	p.fields[i] = f
	if name, ok := strings.CutPrefix(string(f), AttrPrefix); ok {
		p.fields[i], p.attrs[i] = AttrPrefix, name
	}
}

// guess maps columns by their names; the first that fits a field has it.
func (p *Plan) guess(columns []string, taken map[Field]bool) {
	other := aliases()
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = normal(c)
	}
	for _, f := range Fields() {
		for _, name := range append([]string{string(f)}, other[f]...) {
			if taken[f] {
				break
			}
			for i, n := range names {
				if p.fields[i] == "" && n == name {
					p.set(i, f)
					taken[f] = true
					break
				}
			}
		}
	}
	for i, c := range columns {
		name, ok := strings.CutPrefix(strings.ToLower(c), AttrPrefix)
		if ok && name != "" && p.fields[i] == "" {
			p.set(i, Field(AttrPrefix+attrName(name, i)))
		}
	}
}

// Has tells whether some column is mapped to f.
func (p *Plan) Has(f Field) bool { return slices.Contains(p.fields, f) }

// ParseField reads the name of a field; an Error of kind ErrInvalid with the
// nearest name otherwise.
func ParseField(name string) (Field, error) {
	f := Field(strings.ToLower(strings.TrimSpace(name)))
	if rest, ok := strings.CutPrefix(string(f), AttrPrefix); ok && rest != "" {
		return Field(AttrPrefix + attrName(rest, 0)), nil
	}
	names := make([]string, 0, 14)
	for _, known := range Fields() {
		if f == known {
			return f, nil
		}
		names = append(names, string(known))
	}
	if near := text.Nearest(string(f), names); near != "" {
		return "", bot.Errorf(bot.ErrInvalid, "There is no field %q; did you mean %q?", name, near)
	}
	return "", bot.Errorf(bot.ErrInvalid, "There is no field %q; the fields are %s and attr.NAME.", name, strings.Join(names, ", "))
}

func find(columns []string, name string) int {
	if i := slices.Index(columns, name); i >= 0 {
		return i
	}
	return slices.IndexFunc(columns, func(c string) bool { return normal(c) == normal(name) })
}

func noColumn(field, column string, columns []string) error {
	if near := text.Nearest(column, columns); near != "" {
		return bot.Errorf(bot.ErrInvalid, "There is no column %q to take %s from; did you mean %q?", column, field, near)
	}
	return bot.Errorf(bot.ErrInvalid, "There is no column %q to take %s from; the columns are %s.", column, field, list(columns))
}

// attrName is the name under which a column is kept; a column without one is
// called by its place.
func attrName(column string, i int) string {
	if name := text.Cut(text.OneLine(column), maxAttrName); name != "" {
		return name
	}
	return "column " + itoa(i+1)
}

func first(columns []string) string {
	if len(columns) == 0 {
		return "NAME"
	}
	return columns[0]
}

// list names columns for a message, at most a dozen.
func list(columns []string) string {
	shown := make([]string, 0, 12)
	for i, c := range columns {
		if i == 12 {
			return strings.Join(shown, ", ") + " and " + itoa(len(columns)-12) + " more"
		}
		shown = append(shown, attrName(c, i))
	}
	return strings.Join(shown, ", ")
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
