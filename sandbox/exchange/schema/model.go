package schema

import (
	"strings"
	"sync"
)

// Set is one edition of the schema.
type Set int

// The editions at hand. A server validates a request by the version it declares:
// all of Exchange 2010 by the first, Exchange 2013 and later by the second,
// which is the one of Exchange SE (15.2.2562).
const (
	Exchange2010 Set = iota
	ExchangeSE
)

// The notation of the tables, one string a type, words separated by spaces:
//
//	Name:Type          an element; Name:Type? at most once, * any number, + once or more
//	( A:T B:T )        a choice, with the same marks; [ A:T B:T ] a group in sequence
//	@Name:Type         an attribute, @Name:Type! a required one; @xml:lang is that of XML
//	#Type              text of that type
//	$Path $Search      the substitution groups t:Path and t:SearchExpression
//	~                  before any of these: not in Exchange2010
type particle struct {
	name, kind string // of an element
	group      byte   // 0 an element, '(' a choice, '[' a sequence
	inner      []particle
	min, max   int // max < 0: any number
}

type attribute struct {
	name, kind string
	required   bool
}

// model is what one type may hold.
type model struct {
	content    particle
	attributes []attribute
	text       string
}

var models = sync.OnceValue(func() [2]map[string]model {
	var compiled [2]map[string]model
	for set := range compiled {
		compiled[set] = map[string]model{}
		for _, table := range []map[string]string{requestTypes, headerTypes, commonTypes, searchTypes} {
			for name, notation := range table {
				compiled[set][name] = compile(notation, Set(set))
			}
		}
	}
	return compiled
})

func compile(notation string, set Set) model {
	notation = strings.NewReplacer("$Path", pathGroup, "$Search", searchGroup).Replace(notation)
	words := strings.Fields(notation)
	m := model{content: particle{group: '[', min: 1, max: 1}}
	rest := words
	for len(rest) > 0 {
		word := rest[0]
		bare := strings.TrimPrefix(word, "~")
		skip := bare != word && set == Exchange2010
		switch {
		case bare[0] == '@':
			name, kind, _ := strings.Cut(bare[1:], ":")
			if !skip {
				m.attributes = append(m.attributes,
					attribute{name, strings.TrimSuffix(kind, "!"), strings.HasSuffix(kind, "!")})
			}
			rest = rest[1:]
		case bare[0] == '#':
			m.text, rest = bare[1:], rest[1:]
		default:
			var p particle
			if p, rest = compileParticle(rest, set); p.max != 0 {
				m.content.inner = append(m.content.inner, p)
			}
		}
	}
	return m
}

// compileParticle reads one particle; one that set does not know has max 0.
func compileParticle(words []string, set Set) (particle, []string) {
	bare := strings.TrimPrefix(words[0], "~")
	unknown := bare != words[0] && set == Exchange2010
	words = words[1:]
	p := particle{}
	if bare == "(" || bare == "[" {
		p.group = bare[0]
		for words[0][0] != ')' && words[0][0] != ']' {
			var inner particle
			if inner, words = compileParticle(words, set); inner.max != 0 {
				p.inner = append(p.inner, inner)
			}
		}
		bare, words = words[0], words[1:]
	} else {
		p.name, p.kind, _ = strings.Cut(strings.TrimRight(bare, "?*+"), ":")
	}
	switch bare[len(bare)-1] {
	case '?':
		p.min, p.max = 0, 1
	case '*':
		p.min, p.max = 0, -1
	case '+':
		p.min, p.max = 1, -1
	default:
		p.min, p.max = 1, 1
	}
	if unknown {
		p.max = 0
	}
	return p, words
}

// Elements lists the names of the elements a type may hold in this edition, in
// their order, those of choices one after the other; nil for a type the tables
// do not hold.
func (s Set) Elements(kind string) []string {
	return names(models()[s][kind].content)
}

func names(p particle) []string {
	if p.group == 0 {
		return []string{p.name}
	}
	var all []string
	for _, inner := range p.inner {
		all = append(all, names(inner)...)
	}
	return all
}
