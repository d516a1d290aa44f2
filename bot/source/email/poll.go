package email

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"earshot/bot"
	"earshot/bot/source/record"
)

// place is the cursor: the last letter that was read, by its number in a
// folder whose numbers hold as long as its validity does (RFC 9051 2.3.1.1).
type place struct {
	Validity uint32    `json:"v"`
	Last     uint32    `json:"u"`
	From     uint32    `json:"f,omitempty"` // the first of what a first sync reads
	Until    uint32    `json:"t,omitempty"` // the last of it
	Since    time.Time `json:"s,omitzero"`  // a first sync, also one anew, reads what arrived from then on
	At       time.Time `json:"at,omitzero"` // when the last letter arrived
}

// reread is how long before the last letter a folder is read again whose
// numbers have changed. Letters that were read before have the same ids.
const reread = 7 * 24 * time.Hour

// Poll implements bot.Source.
func (s *Source) Poll(ctx context.Context, cursor bot.Cursor) (bot.Batch, error) {
	if err := ctx.Err(); err != nil {
		return bot.Batch{}, err
	}
	x, err := s.connect(ctx)
	if err != nil {
		return bot.Batch{}, err
	}
	defer x.end()
	folder, err := s.open(x, s.set.Folder)
	if err != nil {
		return bot.Batch{}, whole(ctx, err)
	}
	b, err := s.news(x, folder, cursor)
	if err != nil {
		return bot.Batch{}, whole(ctx, err)
	}
	x.bye()
	return b, nil
}

// whole is the context's error where that is why a connection broke.
func whole(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// news reads what came after the cursor into the folder that is open.
func (s *Source) news(x *session, folder *imap.SelectData, cursor bot.Cursor) (bot.Batch, error) {
	var p place
	begun := json.Unmarshal([]byte(cursor), &p) == nil && p.Validity != 0
	if !begun {
		p = place{Since: s.now().AddDate(0, 0, -s.set.History).UTC()}
	} else if p.Validity != folder.UIDValidity {
		s.log.Warn("the mailbox was made anew; its latest letters are read again", "source", s.name)
		since := s.now().AddDate(0, 0, -s.set.History)
		if at := p.At.Add(-reread); at.After(since) {
			since = at
		}
		p = place{At: p.At, Since: since.UTC()}
	}
	p.Validity = folder.UIDValidity
	uids, err := s.beyond(x, p.Last, p.Since)
	if err != nil {
		return bot.Batch{}, err
	}
	if p.Until == 0 && len(uids) > batchLetters {
		p.From, p.Until = uint32(uids[0]), uint32(uids[len(uids)-1])
	}
	var b bot.Batch
	done, err := s.take(x, uids, &b, &p)
	if err != nil {
		return bot.Batch{}, err
	}
	if b.More = done < len(uids); b.More && p.Until > p.From {
		b.Progress = min(1, max(0, float64(p.Last-p.From)/float64(p.Until-p.From)))
	}
	if !b.More {
		if !p.Since.IsZero() && folder.UIDNext > 0 {
			p.Last = max(p.Last, uint32(folder.UIDNext)-1) // what else is there is older than is asked for
		}
		p.From, p.Until, p.Since = 0, 0, time.Time{}
	}
	raw, err := json.Marshal(p)
	if err != nil {
		return bot.Batch{}, fmt.Errorf("write the cursor: %w", err)
	}
	b.Next = bot.Cursor(raw)
	return b, nil
}

// beyond lists the numbers of the letters beyond last, the lowest first; only
// those that arrived since a day where it is given.
func (s *Source) beyond(x *session, last uint32, since time.Time) ([]imap.UID, error) {
	defer x.within(commandFor)()
	var set imap.UIDSet
	set.AddRange(imap.UID(last+1), 0) // "n:*", which names the last letter even when it is before n
	got, err := x.UIDSearch(&imap.SearchCriteria{UID: []imap.UIDSet{set}, Since: since}, nil).Wait()
	if err != nil {
		return nil, s.broke(s.in, err)
	}
	uids := got.AllUIDs()
	uids = slices.DeleteFunc(uids, func(u imap.UID) bool { return uint32(u) <= last })
	slices.Sort(uids)
	return slices.Compact(uids), nil
}

// take reads letters into the batch until it is full, and tells how many it
// has taken.
func (s *Source) take(x *session, uids []imap.UID, b *bot.Batch, p *place) (done int, err error) {
	bytes := 0
	for done < min(len(uids), batchLetters) && bytes < batchBytes {
		some := uids[done:min(done+chunkLetters, len(uids))]
		letters, err := s.fetch(x, some)
		if no := (*imap.Error)(nil); errors.As(err, &no) {
			letters, err = s.oneByOne(x, some, b)
		}
		if err != nil {
			return done, err
		}
		for _, a := range letters {
			bytes += len(a.raw)
			s.add(a, b)
			if a.at.After(p.At) {
				p.At = a.at
			}
		}
		done += len(some)
		p.Last = uint32(some[len(some)-1])
	}
	slices.SortStableFunc(b.Mentions, func(a, c bot.Mention) int { return a.CreatedAt.Compare(c.CreatedAt) })
	return done, nil
}

// oneByOne reads letters of which the server cannot give some: those are told
// apart, so that they do not keep the others back.
func (s *Source) oneByOne(x *session, uids []imap.UID, b *bot.Batch) ([]arrived, error) {
	var all []arrived
	for _, u := range uids {
		some, err := s.fetch(x, []imap.UID{u})
		if no := (*imap.Error)(nil); errors.As(err, &no) && no.Type == imap.StatusResponseTypeNo {
			b.Rejected = append(b.Rejected, record.Rejected(s.where(uint32(u)), err, "", s.now()))
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

func (s *Source) where(uid uint32) string {
	return "letter " + strconv.FormatUint(uint64(uid), 10) + " in " + s.set.Folder
}

// add puts a letter into the batch, as a mention or as what cannot be read.
func (s *Source) add(a arrived, b *bot.Batch) {
	m, wanted, err := s.mention(a)
	switch {
	case err != nil:
		b.Rejected = append(b.Rejected, record.Rejected(s.where(a.uid), err, string(a.raw[:min(len(a.raw), 2*record.MaxRaw)]), s.now()))
	case wanted:
		b.Mentions = append(b.Mentions, m)
	}
}

// fetch reads letters, each as far as is allowed, without marking them as read.
func (s *Source) fetch(x *session, uids []imap.UID) ([]arrived, error) {
	defer x.within(5 * commandFor)()
	section := &imap.FetchItemBodySection{Peek: true, Partial: &imap.SectionPartial{Offset: 0, Size: maxLetter}}
	cmd := x.Fetch(imap.UIDSetNum(uids...), &imap.FetchOptions{UID: true, InternalDate: true, RFC822Size: true, BodySection: []*imap.FetchItemBodySection{section}})
	var all []arrived
	for msg := cmd.Next(); msg != nil; msg = cmd.Next() {
		a, err := readFetched(msg)
		if err != nil {
			_ = cmd.Close()
			return nil, s.broke(s.in, err)
		}
		if a.uid != 0 && a.raw != nil {
			all = append(all, a)
		}
	}
	if err := cmd.Close(); err != nil {
		return nil, s.broke(s.in, err)
	}
	slices.SortFunc(all, func(a, b arrived) int { return int(int64(a.uid) - int64(b.uid)) })
	return all, nil
}

// readFetched takes what the server says of one letter.
func readFetched(msg *imapclient.FetchMessageData) (arrived, error) {
	var a arrived
	for item := msg.Next(); item != nil; item = msg.Next() {
		switch v := item.(type) {
		case imapclient.FetchItemDataUID:
			a.uid = uint32(v.UID)
		case imapclient.FetchItemDataInternalDate:
			a.at = v.Time
		case imapclient.FetchItemDataRFC822Size:
			a.size = v.Size
		case imapclient.FetchItemDataBodySection:
			a.raw = []byte{}
			if v.Literal == nil {
				continue
			}
			raw, err := io.ReadAll(io.LimitReader(v.Literal, maxLetter))
			if err != nil {
				return a, fmt.Errorf("read a letter: %w", err)
			}
			a.raw = raw
		}
	}
	return a, nil
}

// Check implements bot.Checker.
func (s *Source) Check(ctx context.Context) []bot.Finding {
	what := "E-mail: can read " + s.set.Folder + " of " + s.set.User + " on " + s.in.host
	all := []bot.Finding{{OK: true, What: what}}
	if err := s.tryReading(ctx); err != nil {
		all[0] = bot.Finding{What: what, Mend: bot.Told(err)}
	}
	if s.out.host == "" {
		return all
	}
	f := bot.Finding{OK: true, What: "E-mail: may send by " + s.out.host + " as " + s.from.address}
	if err := s.trySending(ctx); err != nil {
		f.OK, f.Mend = false, bot.Told(err)
	}
	return append(all, f)
}

// tryReading logs in and opens the folders that are needed.
func (s *Source) tryReading(ctx context.Context) error {
	x, err := s.connect(ctx)
	if err != nil {
		return err
	}
	defer x.end()
	if _, err := s.open(x, s.set.Folder); err != nil {
		return err
	}
	if s.set.Sent == "none" {
		return nil
	}
	folder, err := s.sentFolder(x)
	if err == nil {
		_, err = s.open(x, folder)
	}
	return err
}
