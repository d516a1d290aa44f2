package discord

import (
	"hash/fnv"
	"slices"
	"strconv"
	"strings"

	"earshot/bot"
)

// Colours of the stripe at a container's left side, RGB.
const (
	colourNegative = 0xB3541E
	colourUrgent   = 0xC0262D
	colourPositive = 0x2E7D4F
	colourDone     = 0x8A8F98
)

// drawing says how a view is drawn.
type drawing struct {
	loud  bool   // its pings wake people
	mark  mark   // what Find knows it by; zero for none
	extra []part // below the view: a form's buttons
}

// mark is a message's key as two component ids, which Discord keeps and shows
// to nobody (docs.discord.com/developers/components/reference, "id"): that of
// the container and that of its first child. Together they are 62 bits of the
// key's hash, so that two keys of one channel do not meet.
type mark struct{ outer, inner int32 }

// markOf is the mark of a delivery's key; zero for an empty one.
func markOf(key string) mark {
	if key == "" {
		return mark{}
	}
	h := fnv.New64a()
	h.Write([]byte(key))
	sum := h.Sum64()
	// Ids below 100 are those that Discord gives by itself.
	m := mark{outer: int32(sum>>33) | 1<<20, inner: int32(sum&0x7fffffff) | 1<<20}
	if m.outer == m.inner {
		m.inner ^= 1
	}
	return m
}

// part is a piece of a message before it is measured: words, or a component.
type part struct {
	block bot.Block  // words, where comp is nil
	words bool       //
	comp  *component // anything else
	text  string     // what the words came to
	quiet bool       // a rule: the first to go when there are too many
}

// draw makes a message of a view. Discord takes it whatever the view holds:
// what is too long is cut, what cannot be shown is left out.
func draw(v bot.View, d drawing) message {
	m := message{Flags: flagComponents, AllowedMentions: mentions{Parse: []string{}}, Attachments: []attachment{}}
	if !d.loud {
		m.Flags |= flagSilent
	}
	ids := map[string]int{}
	parts := []part{}
	for _, b := range v.Blocks {
		parts = append(parts, m.parts(b, ids)...)
	}
	parts = append(parts, d.extra...)
	notice := 0
	if n := short(v.Notice, 200); d.loud && n != "" && !strings.Contains(plainText(v), n) {
		m.Components = append(m.Components, component{Type: typeText, Content: "-# " + escape(n)})
		notice = length(m.Components[0].Content) + 1
	}
	parts = m.write(parts, maxText-notice, d.loud)
	box := component{Type: typeContainer, ID: d.mark.outer, AccentColor: colour(v.Accent)}
	for _, p := range fewer(parts, maxComponents-1-len(m.Components)) {
		box.Components = append(box.Components, p.component())
	}
	if len(box.Components) == 0 {
		box.Components = []component{{Type: typeText, Content: escape(shortOr(v.Notice, 300, "There is nothing to show."))}}
	}
	box.Components[0].ID = d.mark.inner
	m.Components = append(m.Components, box)
	return m
}

func colour(a bot.Accent) *int {
	c, ok := map[bot.Accent]int{bot.AccentNegative: colourNegative, bot.AccentUrgent: colourUrgent,
		bot.AccentPositive: colourPositive, bot.AccentDone: colourDone}[a]
	if !ok {
		return nil
	}
	return &c
}

// plainText is the words of a view on one line, to see whether it says what
// its notice says.
func plainText(v bot.View) string {
	var b strings.Builder
	for _, block := range v.Blocks {
		for _, s := range block.Spans {
			b.WriteString(clean(s.Text, true))
		}
		b.WriteByte(' ')
	}
	return b.String()
}

// parts breaks a block into pieces.
func (m *message) parts(b bot.Block, ids map[string]int) []part {
	switch b.Kind {
	case bot.BlockActions:
		return rows(b, ids)
	case bot.BlockImage:
		return m.picture(b.Image)
	case bot.BlockRule:
		yes := true
		return []part{{comp: &component{Type: typeSeparator, Divider: &yes}, quiet: true}}
	}
	return []part{{block: b, words: true}}
}

// picture is a chart as an attachment in a gallery, or its description where
// there is no picture to show.
func (m *message) picture(img *bot.Image) []part {
	if img == nil {
		return nil
	}
	url, at := m.attach(img), short(img.Alt, maxAltText)
	if url == "" {
		return []part{{block: bot.Line(bot.Plain(img.Alt)), words: true}}
	}
	return []part{{comp: &component{Type: typeGallery, Items: []galleryItem{{Media: media{URL: url}, Description: at}}}}}
}

// attach gives the address of a picture, adding it to the files where it is
// one of ours; "" when there is none that Discord would take.
func (m *message) attach(img *bot.Image) string {
	if len(img.PNG) == 0 {
		return linkTarget(img.URL, maxMediaURL)
	}
	size := len(img.PNG)
	for _, f := range m.files {
		size += len(f.body)
	}
	if len(m.files) == maxFiles || size > maxUpload {
		return ""
	}
	i := len(m.files)
	name := fileName(img.Name, i)
	m.files = append(m.files, file{name: name, body: img.PNG})
	m.Attachments = append(m.Attachments, attachment{ID: strconv.Itoa(i), Filename: name, Description: short(img.Alt, maxAltText)})
	return "attachment://" + name
}

// fileName is name with nothing in it that an address could not hold, made
// unique by i.
func fileName(name string, i int) string {
	name = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' {
			return r
		}
		return -1
	}, strings.ToLower(strings.TrimSuffix(name, ".png")))
	if name == "" {
		name = "chart"
	}
	if i > 0 {
		name += "-" + strconv.Itoa(i+1)
	}
	return name[:min(len(name), 60)] + ".png"
}

// write turns the words of parts into text that fits into budget together. When
// it does not fit, the longest are cut first, all to the same length.
func (m *message) write(parts []part, budget int, loud bool) []part {
	costs := make([]int, 0, len(parts))
	inks := make([]*ink, len(parts))
	for i := range parts {
		if parts[i].words {
			parts[i].text, inks[i] = inked(parts[i].block, maxText, loud)
			costs = append(costs, length(parts[i].text)+1)
		}
	}
	most := fairShare(costs, budget)
	out := make([]part, 0, len(parts))
	used := 0
	for i, p := range parts {
		if k := inks[i]; p.words {
			if length(p.text) >= most {
				p.text, k = inked(p.block, most, loud)
			}
			if p.text == "" && p.block.Image == nil {
				continue
			}
			m.allow(k)
			if p.block.Image != nil {
				p.comp = thumbnail(p.text, p.block.Image)
			}
			if used += length(p.text) + 1; p.comp == nil && p.text == "" || used > budget {
				continue
			}
		}
		out = append(out, p)
	}
	return out
}

// allow lets those wake whom the text pings.
func (m *message) allow(k *ink) {
	const most = 100 // ids of a kind in allowed_mentions
	for _, id := range k.users {
		if !slices.Contains(m.AllowedMentions.Users, id) && len(m.AllowedMentions.Users) < most {
			m.AllowedMentions.Users = append(m.AllowedMentions.Users, id)
		}
	}
	for _, id := range k.roles {
		if !slices.Contains(m.AllowedMentions.Roles, id) && len(m.AllowedMentions.Roles) < most {
			m.AllowedMentions.Roles = append(m.AllowedMentions.Roles, id)
		}
	}
}

// fairShare is the greatest length to cut all to, so that they fit together.
func fairShare(costs []int, budget int) int {
	sorted := slices.Clone(costs)
	slices.Sort(sorted)
	left := budget
	for i, c := range sorted {
		share := left / (len(sorted) - i)
		if c > share {
			return share
		}
		left -= c
	}
	return budget
}

// thumbnail sets a small picture beside words; nil when it has no address.
func thumbnail(words string, img *bot.Image) *component {
	url := linkTarget(img.URL, maxMediaURL)
	if url == "" || words == "" {
		return nil
	}
	return &component{Type: typeSection, Components: []component{{Type: typeText, Content: words}},
		Accessory: &component{Type: typeThumbnail, Media: &media{URL: url}, Description: short(img.Alt, maxAltText)}}
}

func (p part) component() component {
	if p.comp != nil {
		return *p.comp
	}
	return component{Type: typeText, Content: p.text}
}

// size counts the components of a part.
func (p part) size() int { return sizeOf(p.component()) }

func sizeOf(c component) int {
	n := 1
	for _, child := range c.Components {
		n += sizeOf(child)
	}
	if c.Accessory != nil {
		n++
	}
	return n
}

// fewer leaves at most most components: texts that follow one another become
// one, then rules go, then what comes last and is not a button.
func fewer(parts []part, most int) []part {
	total := func() (n int) {
		for _, p := range parts {
			n += p.size()
		}
		return n
	}
	if total() <= most {
		return parts
	}
	joined := parts[:0:0]
	for _, p := range parts {
		if n := len(joined); n > 0 && p.comp == nil && joined[n-1].comp == nil {
			joined[n-1].text += "\n" + p.text
			continue
		}
		joined = append(joined, p)
	}
	parts = joined
	if total() > most {
		parts = slices.DeleteFunc(parts, func(p part) bool { return p.quiet })
	}
	for total() > most {
		last := len(parts) - 1
		for i, p := range slices.Backward(parts) {
			if p.comp != nil && p.comp.Type != typeRow {
				last = i
				break
			}
		}
		parts = slices.Delete(parts, last, last+1)
	}
	return parts
}
