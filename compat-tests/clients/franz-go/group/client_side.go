//go:build !go1.26

package main

import "github.com/twmb/franz-go/pkg/kgo"

// The newest release that an older Go can build has no consumer protocol.
func serverSide() []kgo.Opt { panic("this franz-go knows the classic protocol only") }
