package record

import (
	"slices"
	"strings"
	"sync"

	"github.com/tidwall/gjson"

	"earshot/bot"
)

// Objects turns JSON objects into mentions. Members are mapped as columns are;
// a mapping may also be a Path into the object. It is safe for concurrent use.
type Objects struct {
	fields []string // mapped fields, in order
	paths  []Path   // of each

	mu      sync.Mutex
	plans   map[string]*Plan // by the names of an object's members
	columns []string         // of the object that is read, as the rest
	values  []string
	chosen  []string // the column of each mapped field; "" for none
	shape   []byte
}

// maxPlans bounds the plans that are remembered; objects of ever new shapes
// are planned anew each time.
const maxPlans = 256

// NewObjects reads a mapping from fields to paths; what is wrong with it is an
// Error of kind ErrInvalid.
func NewObjects(mapping map[string]string) (*Objects, error) {
	o := &Objects{plans: map[string]*Plan{}}
	for _, name := range sortedKeys(mapping) {
		f, err := ParseField(name)
		if err != nil {
			return nil, err
		}
		p, err := ParsePath(mapping[name])
		if err != nil {
			return nil, err
		}
		o.fields, o.paths = append(o.fields, string(f)), append(o.paths, p)
	}
	return o, nil
}

// Mention reads one object into m. Where a mapped path leads nowhere the field
// stays empty, as members of JSON are often left out.
func (o *Objects) Mention(m *bot.Mention, r *Reader, obj gjson.Result) error {
	if !obj.IsObject() {
		return bot.Errorf(bot.ErrInvalid, "It is not a JSON object.")
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.columns, o.values, o.chosen = o.columns[:0], o.values[:0], o.chosen[:0]
	obj.ForEach(func(k, v gjson.Result) bool {
		o.columns, o.values = append(o.columns, k.Str), append(o.values, Value(v))
		return true
	})
	members := len(o.columns)
	for i := range o.fields {
		name, value, ok := o.paths[i].column(obj)
		o.chosen = append(o.chosen, name)
		if ok && find(o.columns[:members], name) < 0 {
			o.columns, o.values = append(o.columns, name), append(o.values, value)
		}
	}
	plan, err := o.plan()
	if err != nil {
		return err
	}
	return r.Mention(m, plan, o.values)
}

// column gives the name of the member that p leads to, or for what lies deeper
// the path as a name of its own, with its value.
func (p Path) column(obj gjson.Result) (name, value string, ok bool) {
	for _, way := range p.ways {
		found := walk(obj, way)
		if len(found) == 0 {
			continue
		}
		if len(way) == 1 && way[0].kind == stepKey {
			return way[0].key, Value(found[0]), true
		}
		parts := make([]string, len(found))
		for i, v := range found {
			parts[i] = Value(v)
		}
		return "\x00" + (Path{ways: [][]step{way}}).String(), strings.Join(parts, "; "), true
	}
	return "", "", false
}

// plan gives the plan of the object that is read; it is made once a shape.
func (o *Objects) plan() (*Plan, error) {
	o.shape = o.shape[:0]
	for _, c := range o.columns {
		o.shape = append(append(o.shape, c...), 0, 0)
	}
	for _, c := range o.chosen { // an alternative may choose another member
		o.shape = append(append(o.shape, c...), 0, 1)
	}
	if p := o.plans[string(o.shape)]; p != nil {
		return p, nil
	}
	mapping := map[string]string{}
	for i, c := range o.chosen {
		if c != "" {
			mapping[o.fields[i]] = c
		}
	}
	p, err := NewPlan(slices.Clone(o.columns), mapping)
	if err != nil {
		return nil, err
	}
	if len(o.plans) < maxPlans {
		o.plans[string(o.shape)] = p
	}
	return p, nil
}
