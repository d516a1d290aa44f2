package email

import (
	"context"
	"errors"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"earshot/bot"
)

// renew is how long one IDLE lasts: it must be renewed at least every 29
// minutes (RFC 2177), and routers forget a silent connection sooner.
const renew = 10 * time.Minute

// Stream implements bot.Streamer: it reads what is new, and then waits until
// the server tells of more, by IDLE where the server has it and else by asking
// every minute.
func (s *Source) Stream(ctx context.Context, cursor bot.Cursor, emit bot.Emit) error {
	x, err := s.connect(ctx)
	if err != nil {
		return err
	}
	defer x.end()
	folder, err := s.open(x, s.set.Folder)
	if err != nil {
		return whole(ctx, err)
	}
	idle := x.Caps().Has(imap.CapIdle)
	for {
		for more := true; more; {
			b, err := s.news(x, folder, cursor)
			if err != nil {
				return whole(ctx, err)
			}
			if more = b.More; len(b.Mentions)+len(b.Rejected) > 0 || b.Next != cursor {
				if err := emit(ctx, b); err != nil {
					return err
				}
			}
			cursor = b.Next
		}
		if err := s.wait(ctx, x, idle); err != nil {
			return whole(ctx, err)
		}
	}
}

// wait waits until something may have come.
func (s *Source) wait(ctx context.Context, x *session, idle bool) error {
	if !idle {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-x.news:
		case <-s.timer(every):
		}
		done := x.within(commandFor)
		defer done()
		if err := x.Noop().Wait(); err != nil { // servers tell of new letters when they are spoken to
			return s.broke(s.in, err)
		}
		return nil
	}
	done := x.within(commandFor)
	cmd, err := x.Idle()
	done()
	if err != nil {
		return s.broke(s.in, err)
	}
	select {
	case <-ctx.Done():
	case <-x.news:
	case <-x.Closed():
	case <-s.timer(renew):
	}
	return s.ended(x, cmd)
}

// ended ends an IDLE.
func (s *Source) ended(x *session, cmd *imapclient.IdleCommand) error {
	defer x.within(commandFor)()
	if err := errors.Join(cmd.Close(), cmd.Wait()); err != nil {
		return s.broke(s.in, err)
	}
	return nil
}
