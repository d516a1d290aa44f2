package slack

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"earshot/bot"
)

// How long names are remembered, and how many.
const (
	channelsFor = 10 * time.Minute
	peopleFor   = time.Hour
	groupsFor   = 5 * time.Minute
	mostPeople  = 5000
)

// book is the address book: channels by name, people by id, members of groups.
type book struct {
	p *Platform

	mu       sync.Mutex
	channels map[string]string // "#name" to id
	listed   time.Time         // when channels were read
	people   map[string]person
	members  map[string][]string // user group id to user ids
	read     time.Time           // when members were read
}

type person struct {
	name string
	bot  bool
	at   time.Time
}

func newBook(p *Platform) *book {
	return &book{p: p, channels: map[string]string{}, people: map[string]person{}}
}

// channel gives the id of a channel that the configuration names by id or as
// "#name".
func (b *book) channel(ctx context.Context, name string) (string, error) {
	if isID(name) {
		return name, nil
	}
	name = "#" + strings.ToLower(strings.TrimPrefix(strings.TrimSpace(name), "#"))
	if name == "#" {
		return "", bot.Errorf(bot.ErrInvalid, "No Slack channel is named. Write its id, or #name, in the route.")
	}
	b.mu.Lock()
	id, fresh := b.channels[name], b.p.now().Sub(b.listed) < channelsFor
	b.mu.Unlock()
	if id != "" && fresh {
		return id, nil
	}
	if err := b.list(ctx); err != nil {
		return "", err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if id = b.channels[name]; id == "" {
		return "", noChannel("Slack shows us no channel %s. Check the name; if it is private, invite us there with /invite @Earshot.", name)
	}
	return id, nil
}

// isID tells whether a name is a channel's or person's id already: a letter
// from C, G, D, U or W and then capitals and digits.
func isID(name string) bool {
	if len(name) < 2 || !strings.ContainsRune("CGDUW", rune(name[0])) {
		return false
	}
	return !strings.ContainsFunc(name[1:], func(r rune) bool { return (r < 'A' || r > 'Z') && (r < '0' || r > '9') })
}

// list reads all channels: private ones only as far as we are in them.
func (b *book) list(ctx context.Context) error {
	found := map[string]string{}
	for cursor := ""; ; {
		call, traced := b.p.call(ctx, "conversations.list")
		if err := call.wait(tierFew); err != nil {
			return err
		}
		page, next, err := b.p.api.GetConversationsContext(traced, &slack.GetConversationsParameters{
			Cursor: cursor, ExcludeArchived: true, Limit: 1000, Types: []string{"public_channel", "private_channel"}})
		if err != nil {
			return call.read(err)
		}
		for _, c := range page {
			found["#"+strings.ToLower(c.Name)] = c.ID
		}
		if cursor = next; cursor == "" {
			break
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.channels, b.listed = found, b.p.now()
	return nil
}

// forget drops a channel that turned out not to be there.
func (b *book) forget(channel string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for name, id := range b.channels {
		if id == channel || name == channel {
			delete(b.channels, name)
		}
	}
}

// known is what is remembered of a person.
func (b *book) known(id string) (person, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	who, ok := b.people[id]
	return who, ok && b.p.now().Sub(who.at) < peopleFor
}

// name is how Slack shows a person; other where that cannot be known now.
func (b *book) name(ctx context.Context, id, other string) person {
	if who, ok := b.known(id); ok || id == "" {
		return orPerson(who, other)
	}
	call, traced := b.p.call(ctx, "users.info")
	if err := call.wait(tierMany); err != nil {
		return person{name: other}
	}
	u, err := b.p.api.GetUserInfoContext(traced, id)
	if err != nil {
		b.p.log.Debug("user not read", "user", id, "error", call.read(err))
		return person{name: other}
	}
	who := person{name: orElse(u.Profile.DisplayName, orElse(u.RealName, u.Name)), bot: u.IsBot, at: b.p.now()}
	b.remember(id, who)
	return orPerson(who, other)
}

func orPerson(p person, other string) person {
	p.name = orElse(p.name, other)
	return p
}

func (b *book) remember(id string, who person) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.people) >= mostPeople {
		clear(b.people)
	}
	b.people[id] = who
}

// Groups implements bot.Grouper: which of the configured user groups a person
// is in. Members are read at most every five minutes.
func (p *Platform) Groups(ctx context.Context, userID string) ([]string, error) {
	members, err := p.book.groups(ctx)
	if err != nil {
		return nil, err
	}
	var in []string
	for _, group := range p.cfg.Groups {
		for _, id := range members[group] {
			if id == userID {
				in = append(in, group)
				break
			}
		}
	}
	return in, nil
}

func (b *book) groups(ctx context.Context) (map[string][]string, error) {
	b.mu.Lock()
	members, fresh := b.members, b.p.now().Sub(b.read) < groupsFor
	b.mu.Unlock()
	if members != nil && fresh {
		return members, nil
	}
	found := map[string][]string{}
	for _, group := range b.p.cfg.Groups {
		call, traced := b.p.call(ctx, "usergroups.users.list")
		if err := call.wait(tierFew); err != nil {
			return nil, err
		}
		users, err := b.p.api.GetUserGroupMembersContext(traced, group)
		if err != nil {
			return nil, call.read(err)
		}
		found[group] = users
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.members, b.read = found, b.p.now()
	return found, nil
}
