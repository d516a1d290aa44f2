package console

import (
	"crypto/rand"
	"encoding/json"
	"strconv"
	"strings"
	"sync"
	"time"
)

// How much is kept for pages that lost their connection, and for one that
// reads slowly. A page that misses more than this reads everything again.
const (
	hubMemory  = 512
	hubBacklog = 128
	hubForgets = time.Minute // without anybody looking: then nothing is kept for who comes back
)

// news is what an open page is told of a message.
type news struct {
	ID      int64  `json:"id"`
	Channel string `json:"channel"`
	Thread  int64  `json:"thread,omitempty"`
	Replies int    `json:"replies"` // in the thread of the message, or in the thread it stands in
	Loud    bool   `json:"loud,omitempty"`
	Notice  string `json:"notice"`
	HTML    string `json:"html"`
}

// told is something for one person alone.
type told struct {
	Place string `json:"place"`
	HTML  string `json:"html"`
}

// address says who hears an event: everybody when empty.
type address struct {
	person string // Person.Key
	tab    string // one page of that person, where it is still open
}

// event is one thing that happened, as it goes over the wire.
type event struct {
	seq  uint64
	name string
	to   address
	data []byte
}

// hub hands events to the open pages and remembers the last ones.
type hub struct {
	mu     sync.Mutex
	epoch  string // of this process: sequence numbers of another mean nothing here
	seq    uint64
	memory []event
	pages  map[*page]struct{}
	closed bool
	looked time.Time // when somebody last had a page, or took one
}

// page is one open connection of one person.
type page struct {
	address
	events chan event
}

func newHub() *hub {
	return &hub{epoch: strings.ToLower(rand.Text()[:10]), pages: map[*page]struct{}{}}
}

// hears tells whether an event is for this page.
func (p *page) hears(e event) bool {
	if e.to.person != "" && e.to.person != p.person {
		return false
	}
	return e.to.tab == "" || e.to.tab == p.tab
}

// watched tells whether somebody looks, or did so lately. If not, what is to be
// published needs no drawing: who comes back reads everything again.
func (h *hub) watched() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.pages) > 0 || time.Since(h.looked) < hubForgets {
		return true
	}
	h.seq++
	h.memory = h.memory[:0]
	return false
}

// publish hands an event to all whom it is for.
func (h *hub) publish(name string, to address, payload any) {
	data, err := json.Marshal(payload)
	if err != nil { // what is published holds strings and numbers only
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.send(event{name: name, to: to, data: data})
}

// tell hands something to one person's page, or to all pages of theirs when
// that one is closed; false when they have none open.
func (h *hub) tell(to address, name string, payload any) bool {
	data, err := json.Marshal(payload)
	if err != nil {
		return false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	there, same := false, false
	for p := range h.pages {
		if p.person == to.person {
			there, same = true, same || p.tab == to.tab
		}
	}
	if !same {
		to.tab = ""
	}
	if there {
		h.send(event{name: name, to: to, data: data})
	}
	return there
}

// send numbers, remembers and hands out; h.mu is held. A page that does not
// keep up is cut off: it connects again and catches up from memory.
func (h *hub) send(e event) {
	h.seq++
	e.seq = h.seq
	if len(h.memory) == hubMemory {
		h.memory = append(h.memory[:0], h.memory[1:]...)
	}
	h.memory = append(h.memory, e)
	for p := range h.pages {
		if !p.hears(e) {
			continue
		}
		select {
		case p.events <- e:
		default:
			h.drop(p)
		}
	}
}

// open adds a page that has seen everything up to last, an id of this hub. It
// gives what the page missed; whole is false when that cannot be told.
func (h *hub) open(who address, last string) (p *page, missed []event, whole bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	p = &page{address: who, events: make(chan event, hubBacklog)}
	if h.closed {
		close(p.events)
		return p, nil, true
	}
	h.pages[p] = struct{}{}
	epoch, number, _ := strings.Cut(last, "-")
	seq, err := strconv.ParseUint(number, 10, 64)
	if epoch != h.epoch || err != nil || seq > h.seq || h.seq-seq > uint64(len(h.memory)) {
		return p, nil, false
	}
	for _, e := range h.memory[len(h.memory)-int(h.seq-seq):] {
		if p.hears(e) {
			missed = append(missed, e)
		}
	}
	return p, missed, true
}

// close removes a page.
func (h *hub) close(p *page) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.drop(p)
}

func (h *hub) drop(p *page) {
	if _, ok := h.pages[p]; ok {
		h.looked = time.Now()
		delete(h.pages, p)
		close(p.events)
	}
}

// shut ends every connection, and those that come.
func (h *hub) shut() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for p := range h.pages {
		h.drop(p)
	}
}

// id is an event's id on the wire.
func (h *hub) id(seq uint64) string { return h.epoch + "-" + strconv.FormatUint(seq, 10) }

// now is the id of the last event so far, for a page that will go on from it.
func (h *hub) now() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.looked = time.Now()
	return h.id(h.seq)
}

// reopen lets pages come again, after shut.
func (h *hub) reopen() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = false
}
