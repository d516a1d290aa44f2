package discord

// Types of component: docs.discord.com/developers/components/reference.
const (
	typeRow       = 1
	typeButton    = 2
	typeSelect    = 3
	typeInput     = 4
	typeSection   = 9
	typeText      = 10
	typeThumbnail = 11
	typeGallery   = 12
	typeSeparator = 14
	typeContainer = 17
	typeLabel     = 18
)

// Styles of button and of text input.
const (
	stylePrimary   = 1
	styleSecondary = 2
	styleDanger    = 4
	styleLink      = 5

	inputShort = 1
	inputLong  = 2
)

// component is any component that is sent; which fields count depends on Type.
// discordgo's own structs lack the id of a text display, which carries the key
// of a message.
type component struct {
	Type        int           `json:"type"`
	ID          int32         `json:"id,omitempty"`
	CustomID    string        `json:"custom_id,omitempty"`
	Style       int           `json:"style,omitempty"`
	Label       string        `json:"label,omitempty"`
	Description string        `json:"description,omitempty"`
	URL         string        `json:"url,omitempty"`
	Content     string        `json:"content,omitempty"`
	AccentColor *int          `json:"accent_color,omitempty"`
	Components  []component   `json:"components,omitempty"`
	Component   *component    `json:"component,omitempty"`
	Accessory   *component    `json:"accessory,omitempty"`
	Media       *media        `json:"media,omitempty"`
	Items       []galleryItem `json:"items,omitempty"`
	Divider     *bool         `json:"divider,omitempty"`
	Placeholder string        `json:"placeholder,omitempty"`
	Options     []choice      `json:"options,omitempty"`
	Required    *bool         `json:"required,omitempty"`
	Value       string        `json:"value,omitempty"`
	MaxLength   int           `json:"max_length,omitempty"`
}

type media struct {
	URL string `json:"url"`
}

type galleryItem struct {
	Media       media  `json:"media"`
	Description string `json:"description,omitempty"`
}

type choice struct {
	Label       string `json:"label"`
	Value       string `json:"value"`
	Description string `json:"description,omitempty"`
	Default     bool   `json:"default,omitempty"`
}

// mentions says whom a message may wake. An empty Parse means nobody that is
// not listed.
type mentions struct {
	Parse []string `json:"parse"`
	Users []string `json:"users,omitempty"`
	Roles []string `json:"roles,omitempty"`
}

type attachment struct {
	ID          string `json:"id"`
	Filename    string `json:"filename"`
	Description string `json:"description,omitempty"`
}

// message is what is posted, edited or answered. Attachments are always named,
// so that an edit drops the ones before.
type message struct {
	Components      []component  `json:"components"`
	Flags           int          `json:"flags"`
	AllowedMentions mentions     `json:"allowed_mentions"`
	Attachments     []attachment `json:"attachments"`
	Nonce           string       `json:"nonce,omitempty"`
	EnforceNonce    bool         `json:"enforce_nonce,omitempty"`

	files []file
}

// file is an attachment's content.
type file struct {
	name string
	body []byte
}

// modal is a form as Discord opens it.
type modal struct {
	CustomID   string      `json:"custom_id"`
	Title      string      `json:"title"`
	Components []component `json:"components"`
}

// Types of response to an interaction.
const (
	respondPong        = 1
	respondMessage     = 4
	respondDeferred    = 5
	respondDeferUpdate = 6
	respondUpdate      = 7
	respondChoices     = 8
	respondModal       = 9
)

// response is the first answer to an interaction.
type response struct {
	Type int `json:"type"`
	Data any `json:"data,omitempty"`
}

// choices is the data of an autocomplete answer.
type choices struct {
	Choices []commandChoice `json:"choices"`
}

type commandChoice struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}
