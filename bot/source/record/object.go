package record

import (
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

	mu    sync.Mutex
	plans map[string]*Plan // by the names of an object's members
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

// Mention reads one object. Where a mapped path leads nowhere the field stays
// empty, as members of JSON are often left out.
func (o *Objects) Mention(r *Reader, obj gjson.Result) (bot.Mention, error) {
	if !obj.IsObject() {
		return bot.Mention{}, bot.Errorf(bot.ErrInvalid, "It is not a JSON object.")
	}
	columns := make([]string, 0, 16)
	values := make([]string, 0, 16)
	obj.ForEach(func(k, v gjson.Result) bool {
		columns, values = append(columns, k.String()), append(values, Value(v))
		return true
	})
	members := len(columns)
	mapping := make(map[string]string, len(o.fields))
	for i, f := range o.fields {
		name, value, ok := o.paths[i].column(obj)
		if !ok {
			continue
		}
		mapping[f] = name
		if find(columns[:members], name) < 0 {
			columns, values = append(columns, name), append(values, value)
		}
	}
	plan, err := o.plan(columns, mapping)
	if err != nil {
		return bot.Mention{}, err
	}
	return r.Mention(plan, values)
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

// plan gives the plan of objects with these members; it is made once a shape.
func (o *Objects) plan(columns []string, mapping map[string]string) (*Plan, error) {
	shape := strings.Join(columns, "\x00\x00")
	for _, f := range o.fields { // an alternative may choose another member
		shape += "\x00\x01" + mapping[f]
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if p := o.plans[shape]; p != nil {
		return p, nil
	}
	p, err := NewPlan(columns, mapping)
	if err != nil {
		return nil, err
	}
	if len(o.plans) < maxPlans {
		o.plans[shape] = p
	}
	return p, nil
}
