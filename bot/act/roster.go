package act

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"earshot/bot"
)

// groupsFor is how long the groups of a person are believed; after a failure
// they are asked for again sooner.
const (
	groupsFor = time.Minute
	askAgain  = 5 * time.Second
)

// Roster says who may do what. A person's own line decides before the groups
// they are in; of several groups the highest role counts.
type Roster struct {
	People  map[string]bot.Role // by Person.Key: "slack:U123"
	Groups  map[string]bot.Role // "slack:S123" (user group) or "discord:123" (role)
	Default bot.Role            // of everybody else: Viewer or NoRole
}

// needsGroups tells whether any group of this platform has a role.
func (r Roster) needsGroups(platform string) bool {
	for key := range r.Groups {
		if strings.HasPrefix(key, platform+":") {
			return true
		}
	}
	return false
}

// RoleOf is what p may do, looked up now. Groups that the platform has to be
// asked for are believed for a minute; when they cannot be had, the person has
// the default role.
func (s *Service) RoleOf(ctx context.Context, p bot.Person) bot.Role {
	r := s.set().Roles
	if isBot(p) {
		return bot.Admin
	}
	if role, ok := r.People[p.Key()]; ok {
		return role
	}
	if !p.Known() {
		return bot.NoRole
	}
	role := r.Default
	if !r.needsGroups(p.Platform) {
		return role
	}
	for _, g := range s.groupsOf(ctx, p) {
		role = max(role, r.Groups[p.Platform+":"+g])
	}
	return role
}

// isBot tells whether p is Earshot itself. No platform is called "earshot", so
// nobody can come in under this name.
func isBot(p bot.Person) bool { return p.Key() == bot.Bot().Key() }

func (s *Service) groupsOf(ctx context.Context, p bot.Person) []string {
	if len(p.Groups) > 0 {
		return p.Groups
	}
	grouper, ok := s.platforms[p.Platform].(bot.Grouper)
	if !ok {
		return nil
	}
	now := s.now()
	if groups, ok := s.groups.get(p.Key(), now); ok {
		return groups
	}
	groups, err := grouper.Groups(ctx, p.ID)
	if err != nil {
		s.log.WarnContext(ctx, "groups of a person could not be read", "platform", p.Platform, "person", p.ID, "error", err)
		s.groups.put(p.Key(), nil, now.Add(askAgain-groupsFor))
		return nil
	}
	s.groups.put(p.Key(), groups, now)
	return groups
}

// groupCache keeps the groups of people for a minute.
type groupCache struct {
	mu    sync.Mutex
	known map[string]groupEntry
}

type groupEntry struct {
	groups []string
	at     time.Time
}

func (g *groupCache) get(key string, now time.Time) ([]string, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	e, ok := g.known[key]
	if !ok || now.Sub(e.at) >= groupsFor {
		return nil, false
	}
	return slices.Clone(e.groups), true
}

func (g *groupCache) put(key string, groups []string, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.known == nil {
		g.known = map[string]groupEntry{}
	}
	for k, e := range g.known {
		if now.Sub(e.at) >= groupsFor {
			delete(g.known, k)
		}
	}
	g.known[key] = groupEntry{groups: slices.Clone(groups), at: now}
}
