package file

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"earshot/bot"
)

// Stream reads standard input as it comes. What has been read cannot be read
// again, so it has no cursor; the same rows give the same ids.
type Stream struct {
	*format
	in  io.Reader
	log *slog.Logger
}

// maxAgain is the longest wait until a batch is handed over again.
const maxAgain = 30 * time.Second

func newStream(s Settings, env bot.SourceEnv) (*Stream, error) {
	f, err := newFormat(s, env)
	if err != nil {
		return nil, err
	}
	if env.Stdin == nil {
		return nil, bot.Errorf(bot.ErrInvalid, "There is no standard input to read; name a file in path.")
	}
	log := env.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Stream{format: f, in: env.Stdin, log: log}, nil
}

// Poll implements bot.Source: standard input has nothing to offer before it is
// streamed.
func (s *Stream) Poll(ctx context.Context, _ bot.Cursor) (bot.Batch, error) {
	return bot.Batch{}, ctx.Err()
}

// Stream implements bot.Streamer. At the end of the input it waits for ctx. A
// batch that cannot be stored is kept and handed over again, for the input
// cannot be read a second time.
func (s *Stream) Stream(ctx context.Context, _ bot.Cursor, emit bot.Emit) error {
	patient := func(ctx context.Context, b bot.Batch) error {
		for wait := time.Second; ; wait = min(2*wait, maxAgain) {
			err := emit(ctx, b)
			if err == nil || ctx.Err() != nil {
				return err
			}
			s.log.Warn("rows of standard input not stored", "retry_in", wait, "error", err)
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(wait):
			}
		}
	}
	if err := s.copy(ctx, patient); err != nil {
		return err
	}
	<-ctx.Done()
	return ctx.Err()
}

// copy hands all of the input over.
func (s *Stream) copy(ctx context.Context, emit bot.Emit) error {
	in := newPump(ctx, s.in)
	defer in.stop()
	head := make([]byte, sample)
	n, err := in.Read(head)
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err != nil {
		return err
	}
	sh, err := s.openSheet(io.MultiReader(bytes.NewReader(head[:n]), in), head[:n], "standard input", true)
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err != nil {
		return err
	}
	for more := true; more; {
		var b bot.Batch
		if more, err = sh.read(ctx, &b, true); err != nil {
			return err
		}
		if len(b.Mentions)+len(b.Rejected) == 0 {
			continue
		}
		if b.More = more; !more {
			b.Progress = 1
		}
		if err := emit(ctx, b); err != nil {
			return err
		}
	}
	return nil
}

// pump reads in a goroutine, so that a wait for input can be ended.
type pump struct {
	ctx    context.Context
	cancel context.CancelFunc
	in     io.Reader
	chunks chan []byte
	err    error // of the reading; set before chunks is closed
	rest   []byte
}

func newPump(ctx context.Context, in io.Reader) *pump {
	ctx, cancel := context.WithCancel(ctx)
	p := &pump{ctx: ctx, cancel: cancel, in: in, chunks: make(chan []byte)}
	go p.run()
	return p
}

func (p *pump) run() {
	defer close(p.chunks)
	for {
		buf := make([]byte, sample)
		n, err := p.in.Read(buf)
		if n > 0 {
			select {
			case p.chunks <- buf[:n]:
			case <-p.ctx.Done():
				return
			}
		}
		if err != nil {
			p.err = err
			return
		}
	}
}

// Read implements io.Reader, and ends with ctx.
func (p *pump) Read(out []byte) (int, error) {
	if len(p.rest) == 0 {
		select {
		case <-p.ctx.Done():
			return 0, p.ctx.Err()
		case chunk, ok := <-p.chunks:
			if !ok && errors.Is(p.err, io.EOF) {
				return 0, io.EOF
			}
			if !ok {
				return 0, &bot.Error{Kind: bot.ErrUnavailable, Msg: "Standard input cannot be read.", Err: fmt.Errorf("read standard input: %w", p.err)}
			}
			p.rest = chunk
		}
	}
	n := copy(out, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

// stop ends the goroutine and waits for it. A read that is under way is ended
// by a deadline or by closing the input; where the input can do neither at
// once, as a terminal, its read ends with the process.
func (p *pump) stop() {
	p.cancel()
	d, ok := p.in.(interface{ SetReadDeadline(time.Time) error })
	if !ok || d.SetReadDeadline(time.Unix(1, 0)) != nil {
		if c, ok := p.in.(io.Closer); ok {
			_ = c.Close() // nobody reads it any more
		}
	}
	late := time.After(100 * time.Millisecond)
	for {
		select {
		case _, ok := <-p.chunks:
			if !ok {
				return
			}
		case <-late:
			return
		}
	}
}
