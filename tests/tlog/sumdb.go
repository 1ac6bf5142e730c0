// Checks notes, roots and proofs with golang.org/x/mod/sumdb, whose notes and trees C2SP's were made from.
// Reads one JSON object, writes one: what this implementation makes of the same entries, and what it says of ours.
package main

import (
	"encoding/json"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type question struct {
	Records  [][]byte
	Notes    []string
	Key      string
	Signer   string
	Text     string
	Included []proof
	Grown    []proof
}

type proof struct {
	Size, Other int64
	Root, Hash  []byte
	Path        [][]byte
}

type answer struct {
	Roots    []tlog.Hash                // of the first 1, 2, … entries
	Records  map[string]tlog.RecordProof // "size:index"
	Trees    map[string]tlog.TreeProof   // "size:old"
	Opened   []string                    // the text of each note, or what is wrong with it
	Signed   string
	Included []bool
	Grown    []bool
}

func hash(raw []byte) (h tlog.Hash) {
	copy(h[:], raw)
	return h
}

func hashes(path [][]byte) (list []tlog.Hash) {
	for _, one := range path {
		list = append(list, hash(one))
	}
	return list
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	var q question
	must(json.NewDecoder(os.Stdin).Decode(&q))
	a := answer{Records: map[string]tlog.RecordProof{}, Trees: map[string]tlog.TreeProof{}}

	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) (list []tlog.Hash, err error) {
		for _, index := range indexes {
			list = append(list, stored[index])
		}
		return list, nil
	})
	for number, record := range q.Records {
		more, err := tlog.StoredHashes(int64(number), record, reader)
		must(err)
		stored = append(stored, more...)
	}
	for size := int64(1); size <= int64(len(q.Records)); size++ {
		root, err := tlog.TreeHash(size, reader)
		must(err)
		a.Roots = append(a.Roots, root)
		for index := int64(0); index < size; index++ {
			path, err := tlog.ProveRecord(size, index, reader)
			must(err)
			a.Records[key(size, index)] = path
			path2, err := tlog.ProveTree(size, index+1, reader)
			must(err)
			a.Trees[key(size, index+1)] = path2
		}
	}
	for _, one := range q.Included {
		err := tlog.CheckRecord(hashes(one.Path), one.Size, hash(one.Root), one.Other, hash(one.Hash))
		a.Included = append(a.Included, err == nil)
	}
	for _, one := range q.Grown {
		err := tlog.CheckTree(hashes(one.Path), one.Size, hash(one.Root), one.Other, hash(one.Hash))
		a.Grown = append(a.Grown, err == nil)
	}

	verifier, err := note.NewVerifier(q.Key)
	must(err)
	for _, one := range q.Notes {
		opened, err := note.Open([]byte(one), note.VerifierList(verifier))
		if err != nil {
			a.Opened = append(a.Opened, "refused: "+strings.SplitN(err.Error(), "\n", 2)[0])
			continue
		}
		a.Opened = append(a.Opened, opened.Text)
	}
	signer, err := note.NewSigner(q.Signer)
	must(err)
	signed, err := note.Sign(&note.Note{Text: q.Text}, signer)
	must(err)
	a.Signed = string(signed)
	must(json.NewEncoder(os.Stdout).Encode(a))
}

func key(size, other int64) string {
	text, err := json.Marshal([2]int64{size, other})
	must(err)
	return string(text)
}
