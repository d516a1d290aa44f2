package bot

// Role is what a person may do. Each role may do all that the one before it may.
type Role int

// The roles, from least to most.
const (
	NoRole    Role = iota // not known to us: sees nothing, does nothing
	Viewer                // reads cases, digests and lists
	Responder             // writes replies, which wait for an approver
	Agent                 // claims, replies, resolves, dismisses, snoozes, escalates, corrects verdicts, mutes for a week
	Approver              // releases replies that wait, assigns, takes over cases, undoes what others taught
	Admin                 // mutes for longer, forgets people, changes what the bot does
)

// RoleNames lists the roles as the configuration spells them, least first.
func RoleNames() []string {
	return []string{"viewer", "responder", "agent", "approver", "admin"}
}

// ParseRole reads a role's name; NoRole and false for any other word.
func ParseRole(name string) (Role, bool) {
	for i, n := range RoleNames() {
		if n == name {
			return Role(i + 1), true
		}
	}
	return NoRole, false
}

// String is the role's name, "nobody" for NoRole.
func (r Role) String() string {
	if r <= NoRole || r > Admin {
		return "nobody"
	}
	return RoleNames()[r-1]
}

// Person is somebody on our side, as one platform knows them.
type Person struct {
	Platform string   `json:"platform"`         // slack, discord, console, or "earshot" for the bot itself
	ID       string   `json:"id"`               // the platform's user id
	Name     string   `json:"name"`             // how the platform shows them
	Groups   []string `json:"groups,omitempty"` // Slack user group ids or Discord role ids, where known
}

// Key identifies a person across sessions: "platform:id".
func (p Person) Key() string { return p.Platform + ":" + p.ID }

// Known tells whether this is anybody at all.
func (p Person) Known() bool { return p.ID != "" }

// Bot is the person who does what timers and rules decide.
func Bot() Person { return Person{Platform: "earshot", ID: "earshot", Name: "Earshot"} }
