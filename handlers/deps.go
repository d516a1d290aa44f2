package handlers

import (
	"context"
	"log/slog"
	"time"

	"earshot/bot"
	"earshot/bot/act"
)

// Deps is what a Desk works with.
type Deps struct {
	Act       Acts
	Store     Stores
	Inbox     Inbox
	Answers   Answers
	Intake    Intake    // nil where no mention can be made by hand
	Reports   Reports   // nil where there are no digests
	Contrasts Contrasts // nil where there are no digests
	Grounds   Grounder  // nil where nothing can be looked up
	Audits    Audits    // nil where nothing is drawn for people to label
	Sampler   Sampler   // draws it
	Platforms map[string]bot.Platform
	Topics    []string // as the configuration calls them
	Watches   []string
	Zone      *time.Location
	Label     func(source string) string // what people call a source
	Link      func(caseID int64) string  // address of a case in the console; may be nil
	Log       *slog.Logger
	Now       func() time.Time
}

// Stores is what commands read; one store stands behind every field.
type Stores struct {
	Transactor
	CaseReader
	HistoryReader
	MentionReader
	SpikeReader
	SourceReader
	DeliveryReader
	LessonReader
	CustomerReader
}

// Transactor runs fn in one transaction, which lives in fn's context.
type Transactor interface {
	Transact(ctx context.Context, fn func(ctx context.Context) error) error
}

// CaseReader reads cases.
type CaseReader interface {
	Case(ctx context.Context, id int64) (bot.Case, error)
	Cases(ctx context.Context, f bot.CaseFilter) ([]bot.Case, error)
	CountCases(ctx context.Context, f bot.CaseFilter) (int, error)
	Dossier(ctx context.Context, caseID int64) (bot.Dossier, error)
	PostAt(ctx context.Context, platform string, ref bot.MessageRef) (bot.Post, error)
}

// HistoryReader reads what was done and written.
type HistoryReader interface {
	CaseEvents(ctx context.Context, caseID int64) ([]bot.Event, error)
	Reply(ctx context.Context, id int64) (bot.Reply, error)
	CaseReplies(ctx context.Context, caseID int64) ([]bot.Reply, error)
	RepliesIn(ctx context.Context, state bot.ReplyState, limit int) ([]bot.Reply, error)
}

// MentionReader reads and searches mentions.
type MentionReader interface {
	Mention(ctx context.Context, id int64) (bot.Reading, error)
	Mentions(ctx context.Context, f bot.MentionFilter) ([]bot.Reading, error)
}

// LessonReader reads what people said of verdicts.
type LessonReader interface {
	Lesson(ctx context.Context, id int64) (bot.Lesson, error)
	Lessons(ctx context.Context, f bot.LessonFilter) ([]bot.Lesson, error)
}

// CustomerReader reads and finds customers.
type CustomerReader interface {
	CustomerRecord(ctx context.Context, id int64) (bot.CustomerRecord, error)
	FindCustomers(ctx context.Context, called string, limit int) ([]bot.Customer, error)
}

// SpikeReader reads episodes and what is muted.
type SpikeReader interface {
	Spike(ctx context.Context, id int64) (bot.Spike, error)
	Spikes(ctx context.Context, from, to time.Time, openOnly bool) ([]bot.Spike, error)
	Muted(ctx context.Context) (map[string]time.Time, error)
}

// SourceReader reads how sources are.
type SourceReader interface {
	SourceStates(ctx context.Context) ([]bot.SourceState, error)
	Rejected(ctx context.Context, source string, limit int) ([]bot.Rejected, error)
}

// DeliveryReader reads the outbox.
type DeliveryReader interface {
	Deliveries(ctx context.Context, states []bot.DeliveryState, limit int) ([]bot.Delivery, error)
	Backlog(ctx context.Context) (due int, oldest time.Time, parked int, err error)
	Notices(ctx context.Context) ([]bot.Notice, error)
}

// Inbox keeps what people did until it is done.
type Inbox interface {
	SaveInteraction(ctx context.Context, in bot.Interaction) (fresh bool, err error)
	FinishInteraction(ctx context.Context, platform, id string) error
	RefuseInteraction(ctx context.Context, in bot.Interaction, since time.Time) error
	UnfinishedInteractions(ctx context.Context, olderThan time.Time) ([]bot.Interaction, error)
}

// Answers keeps what people are to be told until they were.
type Answers interface {
	KeepAnswer(ctx context.Context, in bot.Interaction, tell bot.View, again time.Time) error
	KeptAnswer(ctx context.Context, row int64) (bot.Interaction, bot.View, error)
	AnswerTold(ctx context.Context, platform, id string) error
}

// Intake takes a mention in that comes from a chat platform.
type Intake interface {
	// MakeCase stores a mention of the source "community" and opens a case of
	// it; fresh is false when it was in one already, which is then given.
	MakeCase(ctx context.Context, m bot.Mention, by bot.Person) (caseID int64, fresh bool, err error)
	// Overheard takes a message of a customer channel in.
	Overheard(ctx context.Context, platform, channel string, m bot.Mention) error
}

// Reports draws what the digest knows.
type Reports interface {
	// NPS is the social NPS of a watch ("" for the first) in [from, to).
	NPS(ctx context.Context, watch string, from, to time.Time) (bot.View, error)
	// Preview is the digest of an audience as it would be sent now.
	Preview(ctx context.Context, audience string) (bot.View, error)
	// CasesBehind gives the cases behind a figure of a digest, by the argument
	// of its button.
	CasesBehind(ctx context.Context, digestID int64, arg string) (bot.CaseFilter, error)
	// Audiences lists the names of the configured audiences.
	Audiences() []string
}

// Audits keeps what people say of a random sample of mentions.
type Audits interface {
	NextAudit(ctx context.Context, watch string, by bot.Person, since time.Time) (bot.AuditItem, error)
	AuditSample(ctx context.Context, id int64) (bot.AuditItem, error)
	SaveAuditLabel(ctx context.Context, sampleID int64, label bot.AuditLabel, by bot.Person, at time.Time) error
	AuditStandings(ctx context.Context, since time.Time) ([]bot.AuditStanding, error)
}

// Sampler draws the sample.
type Sampler interface {
	// Draw draws what the last week's sample still lacks.
	Draw(ctx context.Context) error
	// More draws as much again of a watch, or of all ("").
	More(ctx context.Context, watch string) error
}

// Acts is what can be done; one act.Service stands behind every field.
type Acts struct {
	Roles
	Cases
	Lessons
	Replies
	Approvals
	Spikes
	Outbox
	Links
}

// ActsOf is all that s can do.
func ActsOf(s *act.Service) Acts {
	return Acts{Roles: s, Cases: s, Lessons: s, Replies: s, Approvals: s, Spikes: s, Outbox: s, Links: s}
}

// Roles tells what people may do.
type Roles interface {
	RoleOf(ctx context.Context, p bot.Person) bot.Role
	NeedsApproval(c bot.Case, role bot.Role) bool
}

// Cases does things to cases.
type Cases interface {
	Do(ctx context.Context, caseID, version int64, ch bot.Change) (bot.Case, error)
	Zone(c bot.Case) *time.Location
	Guideline(c bot.Case) bot.Guideline
	Escalation(c bot.Case) bot.Escalation
}

// Lessons teaches what people say of verdicts.
type Lessons interface {
	Correct(ctx context.Context, caseID int64, kind bot.LessonKind, value string, by bot.Person) (bot.Lesson, error)
	Unlearn(ctx context.Context, lessonID int64, by bot.Person) (bot.Lesson, error)
}

// Replies writes answers to customers.
type Replies interface {
	Ways(ctx context.Context, caseID int64) ([]bot.Way, error)
	Tickets() bool
	DraftReply(ctx context.Context, d act.Draft) (bot.Reply, []act.Warning, error)
	SendReply(ctx context.Context, replyID int64, by bot.Person) (bot.Reply, error)
	Drafts(ctx context.Context, caseID int64, p bot.Person) (bot.Reply, error)
	UndoFor() time.Duration
}

// Approvals decides about replies that are on their way.
type Approvals interface {
	ApproveReply(ctx context.Context, replyID int64, by bot.Person, edited string) (bot.Reply, error)
	ReturnReply(ctx context.Context, replyID int64, by bot.Person, note string) (bot.Reply, error)
	UndoReply(ctx context.Context, replyID int64, by bot.Person) (bot.Reply, error)
	ReplyArrived(ctx context.Context, replyID int64, by bot.Person) (bot.Reply, error)
	ReplyAgain(ctx context.Context, replyID int64, by bot.Person) (bot.Reply, error)
}

// Spikes does things to episodes.
type Spikes interface {
	ClaimSpike(ctx context.Context, id int64, by bot.Person) (bot.Spike, error)
	MuteSpike(ctx context.Context, id int64, by bot.Person, until time.Time) (bot.Spike, error)
	NextOfSpike(ctx context.Context, sp bot.Spike, skip map[int64]bool) (bot.Case, int, error)
	Mute(ctx context.Context, what string, until time.Time, by bot.Person) error
	SpikeMuted(ctx context.Context, sp bot.Spike) (bool, error)
}

// Links says which customer the author of a case is.
type Links interface {
	Link(ctx context.Context, caseID, customerID int64, by bot.Person) error
	Unlink(ctx context.Context, caseID int64, by bot.Person) (bot.Customer, error)
}

// Outbox opens roll-ups, has messages drawn again, and decides about parked
// deliveries.
type Outbox interface {
	Redraw(ctx context.Context, p bot.Post) error
	Folded(ctx context.Context, foldID int64) (bot.Fold, []bot.Dossier, error)
	Retry(ctx context.Context, deliveryID int64, by bot.Person) error
	RetryAll(ctx context.Context, by bot.Person) (int, error)
	Drop(ctx context.Context, deliveryID int64, by bot.Person) error
}
