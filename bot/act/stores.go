package act

import (
	"context"
	"time"

	"earshot/bot"
)

// Stores is what acting keeps and reads: the same store stands behind every
// field. The methods take part in the transaction that their context carries.
type Stores struct {
	Transactor
	CaseStore
	HistoryStore
	Reader
	VerdictStore
	LessonStore
	ReplyStore
	Outbox
	PostStore
	FoldStore
	NoticeStore
	SpikeStore
	LinkStore
}

// Transactor runs fn in one transaction, which lives in fn's context, or when
// that has committed.
type Transactor interface {
	Transact(ctx context.Context, fn func(ctx context.Context) error) error
	AfterCommit(ctx context.Context, fn func(ctx context.Context))
}

// CaseStore keeps cases. UpdateCase is a compare-and-swap on the version.
type CaseStore interface {
	CreateCase(ctx context.Context, c bot.Case) (bot.Case, error)
	UpdateCase(ctx context.Context, c bot.Case) error
	Case(ctx context.Context, id int64) (bot.Case, error)
	Cases(ctx context.Context, f bot.CaseFilter) ([]bot.Case, error)
	JoinCase(ctx context.Context, caseID, mentionID int64) (newPerson bool, err error)
}

// HistoryStore keeps what was done.
type HistoryStore interface {
	AddEvent(ctx context.Context, e bot.Event) (bot.Event, error)
	CaseEvents(ctx context.Context, caseID int64) ([]bot.Event, error)
	Event(ctx context.Context, id int64) (bot.Event, error)
	AddAudit(ctx context.Context, e bot.AuditEntry) error
}

// VerdictStore sets verdicts right: by what the sources do not tell, and by
// what people say of them.
type VerdictStore interface {
	SaveUrgency(ctx context.Context, mentionID int64, u bot.Urgency) error
	SaveVerdict(ctx context.Context, mentionID int64, v bot.Verdict) error
	SaveCaseVerdict(ctx context.Context, caseID int64, label bot.Label, topics []string) error
}

// LessonStore keeps what people say of verdicts.
type LessonStore interface {
	SaveLesson(ctx context.Context, l bot.Lesson) (bot.Lesson, error)
	UndoLesson(ctx context.Context, id int64, by bot.Person, at time.Time) error
	Lesson(ctx context.Context, id int64) (bot.Lesson, error)
	Lessons(ctx context.Context, f bot.LessonFilter) ([]bot.Lesson, error)
}

// Reader reads what is known of a case.
type Reader interface {
	Dossier(ctx context.Context, caseID int64) (bot.Dossier, error)
	Mention(ctx context.Context, id int64) (bot.Reading, error)
	CaseMentions(ctx context.Context, caseID int64, limit int) ([]bot.Reading, error)
	Customer(ctx context.Context, id int64) (bot.Customer, error)
}

// ReplyStore keeps replies. SwapReply is a compare-and-swap on the state.
type ReplyStore interface {
	SaveReply(ctx context.Context, r bot.Reply) (bot.Reply, error)
	SwapReply(ctx context.Context, r bot.Reply, from bot.ReplyState) error
	Reply(ctx context.Context, id int64) (bot.Reply, error)
	CaseReplies(ctx context.Context, caseID int64) ([]bot.Reply, error)
	RepliesIn(ctx context.Context, state bot.ReplyState, limit int) ([]bot.Reply, error)
	SaveAftermath(ctx context.Context, replyID int64, a bot.Aftermath, told time.Time) error
}

// Outbox keeps what must reach a platform or a source, and the queue.
type Outbox interface {
	AddDelivery(ctx context.Context, d bot.Delivery) (bot.Delivery, error)
	Delivery(ctx context.Context, id int64) (bot.Delivery, error)
	SaveDelivery(ctx context.Context, d bot.Delivery) error
	MarkDelivery(ctx context.Context, d bot.Delivery, tries int) error
	Deliveries(ctx context.Context, states []bot.DeliveryState, limit int) ([]bot.Delivery, error)
	Forsaken(ctx context.Context, now time.Time, limit int) ([]bot.Delivery, error)
	Hasten(ctx context.Context, heldBy string) error
	Enqueue(ctx context.Context, j bot.Job) error
}

// PostStore knows where cards stand, what is on its way to one, and whether a
// channel's message budget has a place for another.
type PostStore interface {
	Unsettled(ctx context.Context, d bot.Delivery) ([]bot.Delivery, error)
	SavePost(ctx context.Context, p bot.Post) error
	Posts(ctx context.Context, kind bot.DeliveryKind, target int64) ([]bot.Post, error)
	TakePlace(ctx context.Context, d bot.Delivery, since time.Time, limit int) (bool, error)
}

// FoldStore keeps roll-up cards.
type FoldStore interface {
	Fold(ctx context.Context, platform, channel string) (bot.Fold, error)
	SaveFold(ctx context.Context, f bot.Fold) (bot.Fold, error)
	FoldByID(ctx context.Context, id int64) (bot.Fold, error)
}

// NoticeStore keeps what the team was told about Earshot itself.
type NoticeStore interface {
	OpenNotice(ctx context.Context, n bot.Notice) (bot.Notice, bool, error)
	MendNotice(ctx context.Context, key string, at time.Time) (bot.Notice, bool, error)
	Notice(ctx context.Context, id int64) (bot.Notice, error)
}

// SpikeStore keeps episodes, and what is muted.
type SpikeStore interface {
	Spike(ctx context.Context, id int64) (bot.Spike, error)
	SaveSpike(ctx context.Context, sp bot.Spike) (bot.Spike, error)
	Muted(ctx context.Context) (map[string]time.Time, error)
	Mute(ctx context.Context, what string, until time.Time) error
}

// LinkStore keeps what people say of whom an author is.
type LinkStore interface {
	// LinkAuthor gives the customer that the author is afterwards, 0 for none.
	LinkAuthor(ctx context.Context, l bot.Linking) (customerID int64, err error)
}
