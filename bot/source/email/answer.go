package email

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/emersion/go-imap/v2"

	"earshot/bot"
	"earshot/bot/text"
)

// Ways implements bot.Answerer: whoever gave an address can be written to, also
// where they spoke elsewhere, as in a survey.
func (s *Source) Ways(m bot.Mention) []bot.Way {
	to := s.to(m)
	if s.out.host == "" || m.Deleted || m.Author.Automated || m.Author.Staff || to == "" || s.ours(to) || silent(to) {
		return nil
	}
	return []bot.Way{{Name: "email", Label: "E-mail to " + to + " as " + s.from.address, Limit: answerLimit, Place: "e-mail"}}
}

// to is where an answer goes: where its author asks for (RFC 5322 3.6.2), else
// to the author.
func (s *Source) to(m bot.Mention) string {
	return first(address(m.Attrs["reply_to"]), address(m.Author.Email))
}

// silent knows addresses that nobody reads.
func silent(a string) bool {
	local, _, _ := strings.Cut(a, "@")
	switch strings.NewReplacer("-", "", "_", "", ".", "").Replace(local) {
	case "noreply", "donotreply", "mailerdaemon", "postmaster", "bounce", "bounces", "nepasrepondre", "keineantwort":
		return true
	}
	return false
}

// Length implements bot.Answerer.
func (s *Source) Length(t string) int { return utf8.RuneCountInString(t) }

// answerID is the Message-ID of a reply, the same however often it is made. The
// part behind the key tells two installations of one domain apart.
func (s *Source) answerID(m bot.Mention, r bot.Reply) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%d", m.Source, m.ExternalID, r.CreatedAt.Unix()))
	_, domain, _ := strings.Cut(s.from.address, "@")
	return r.Key() + "." + hex.EncodeToString(sum[:6]) + "@" + domain
}

// answered tells whether a Message-ID is one of our answers'.
func (s *Source) answered(id string) bool {
	_, domain, _ := strings.Cut(s.from.address, "@")
	local, at, ok := strings.Cut(id, "@")
	return ok && strings.EqualFold(at, domain) && strings.HasPrefix(local, replyPrefix)
}

// subject is what an answer is headed with.
func subject(m bot.Mention) string {
	about := text.Cut(text.OneLine(first(m.Attrs["subject"], m.Title)), 200)
	if about == "" {
		return "Your feedback"
	}
	if head, _, ok := strings.Cut(about, ":"); ok && slices.Contains([]string{"re", "aw", "antw", "sv", "vs", "odp", "rv", "res", "ynt", "回复", "回覆", "답장"}, strings.ToLower(strings.TrimSpace(head))) {
		return about
	}
	return "Re: " + about
}

// Answer implements bot.Answerer.
func (s *Source) Answer(ctx context.Context, m bot.Mention, r bot.Reply) (bot.Placed, error) {
	to := s.to(m)
	if to == "" || s.out.host == "" {
		return bot.Placed{}, bot.Errorf(bot.ErrUnsupported, "There is no address to answer to, or no smtp_server to send it by.")
	}
	id := s.answerID(m, r)
	msg, err := s.compose(m, r, to, id)
	if err != nil {
		return bot.Placed{}, err
	}
	if err := s.send(ctx, msg); err != nil {
		if bot.KindOf(err) == bot.ErrUncertain {
			s.mu.Lock()
			s.tried[r.Key()] = s.now()
			s.mu.Unlock()
		}
		return bot.Placed{}, err
	}
	if s.set.Sent == "append" {
		if err := s.file(ctx, msg); err != nil {
			s.log.Warn("an answer was sent and could not be filed among the sent letters", "source", s.name, "error", err)
		}
	}
	return bot.Placed{ExternalID: id}, nil
}

// settle is how long a server may take until what it sent is in the folder of
// sent letters.
const settle = 2 * time.Minute

// FindAnswer implements bot.Answerer: an answer was sent when it is among the
// sent letters, or when somebody answered it. Only where the server files what
// it sends by itself does its absence mean that it was not.
func (s *Source) FindAnswer(ctx context.Context, m bot.Mention, r bot.Reply) (bot.Placed, bool, error) {
	id := s.answerID(m, r)
	x, err := s.connect(ctx)
	if err != nil {
		return bot.Placed{}, false, err
	}
	defer x.end()
	if s.set.Sent != "none" {
		folder, err := s.sentFolder(x)
		if err != nil {
			return bot.Placed{}, false, whole(ctx, err)
		}
		if there, err := s.holds(x, folder, "Message-ID", id); err != nil || there {
			return bot.Placed{ExternalID: id}, there, whole(ctx, err)
		}
	}
	if there, err := s.holds(x, s.set.Folder, "In-Reply-To", id); err != nil || there {
		return bot.Placed{ExternalID: id}, there, whole(ctx, err)
	}
	if s.set.Sent != "server" {
		return bot.Placed{}, false, bot.Errorf(bot.ErrUnsupported, "Whether a letter was sent can only be known where the server files what it sends (sent: server).")
	}
	s.mu.Lock()
	tried, known := s.tried[r.Key()]
	s.mu.Unlock()
	if !known {
		tried = s.began
	}
	if wait := settle - s.now().Sub(tried); wait > 0 {
		return bot.Placed{}, false, &bot.Error{Kind: bot.ErrUnavailable, RetryAfter: wait, Msg: "The server may not have filed the letter yet. It is looked for again."}
	}
	s.mu.Lock()
	delete(s.tried, r.Key())
	s.mu.Unlock()
	return bot.Placed{}, false, nil
}

// holds tells whether a folder has a letter with an id in a field.
func (s *Source) holds(x *session, folder, field, id string) (bool, error) {
	uids, err := s.search(x, folder, &imap.SearchCriteria{Header: []imap.SearchCriteriaHeaderField{{Key: field, Value: id}}})
	return len(uids) > 0, err
}

// search lists letters of a folder, the lowest number first.
func (s *Source) search(x *session, folder string, what *imap.SearchCriteria) ([]imap.UID, error) {
	if _, err := s.open(x, folder); err != nil {
		return nil, err
	}
	defer x.within(commandFor)()
	got, err := x.UIDSearch(what, nil).Wait()
	if err != nil {
		return nil, s.broke(s.in, err)
	}
	uids := got.AllUIDs()
	slices.Sort(uids)
	return uids, nil
}

// sentFolder finds the folder of sent letters: the one of the settings, the one
// that the server marks (RFC 6154), or one that is called so.
func (s *Source) sentFolder(x *session) (string, error) {
	if s.set.SentFolder != "" {
		return s.set.SentFolder, nil
	}
	defer x.within(commandFor)()
	folders, err := x.List("", "*", nil).Collect()
	if err != nil {
		return "", s.broke(s.in, err)
	}
	for _, f := range folders {
		if slices.Contains(f.Attrs, imap.MailboxAttrSent) {
			return f.Mailbox, nil
		}
	}
	for _, name := range []string{"Sent", "Sent Items", "Sent Messages", "INBOX.Sent", "INBOX/Sent"} {
		if slices.ContainsFunc(folders, func(f *imap.ListData) bool { return strings.EqualFold(f.Mailbox, name) }) {
			return name, nil
		}
	}
	return "", bot.Errorf(bot.ErrGone, "The mailbox has no folder of sent letters. Make one, and name it with sent_folder.")
}

// file puts a letter that was sent into the folder of sent letters.
func (s *Source) file(ctx context.Context, msg letterOut) error {
	x, err := s.connect(ctx)
	if err != nil {
		return err
	}
	defer x.end()
	folder, err := s.sentFolder(x)
	if err != nil {
		return err
	}
	defer x.within(commandFor)()
	cmd := x.Append(folder, int64(len(msg.raw)), &imap.AppendOptions{Flags: []imap.Flag{imap.FlagSeen}, Time: s.now()})
	_, werr := cmd.Write(msg.raw)
	cerr := cmd.Close()
	_, err = cmd.Wait()
	if err := errors.Join(werr, cerr, err); err != nil {
		return s.broke(s.in, err)
	}
	return nil
}

// mostFollowed is how many letters that answer ours are looked at.
const mostFollowed = 20

// Follow implements bot.Follower: how many answered our answer, and whether it
// came back.
func (s *Source) Follow(ctx context.Context, _ bot.Mention, at bot.Placed) (bot.Aftermath, error) {
	x, err := s.connect(ctx)
	if err != nil {
		return bot.Aftermath{}, err
	}
	defer x.end()
	id := messageID(at.ExternalID)
	if id == "" {
		return bot.Aftermath{}, bot.Errorf(bot.ErrGone, "Which letter the answer was is not known.")
	}
	names := imap.SearchCriteria{Header: []imap.SearchCriteriaHeaderField{{Key: "In-Reply-To", Value: id}}}
	reports := imap.SearchCriteria{Header: []imap.SearchCriteriaHeaderField{{Key: "Content-Type", Value: "report"}}, Text: []string{id}}
	uids, err := s.search(x, s.set.Folder, &imap.SearchCriteria{Or: [][2]imap.SearchCriteria{{names, reports}}})
	if err != nil {
		return bot.Aftermath{}, whole(ctx, err)
	}
	var a bot.Aftermath
	if len(uids) == 0 {
		return a, nil
	}
	letters, err := s.fetch(x, uids[max(0, len(uids)-mostFollowed):])
	if err != nil {
		return bot.Aftermath{}, whole(ctx, err)
	}
	for _, raw := range letters {
		l := readLetter(raw.raw, s.signs)
		switch l.sorted(s.ours) {
		case bounce:
			a.State, a.Bounced = "bounced", true
		case human:
			if !s.ours(sender(l.head).address) {
				a.Answers++
			}
		}
	}
	return a, nil
}
