//go:build go1.26

package main

import "github.com/twmb/franz-go/pkg/kgo"

// The consumer protocol (KIP-848), in which the broker assigns the partitions.
func serverSide() []kgo.Opt {
	return []kgo.Opt{kgo.ServerSideBalancer(), kgo.Balancers(kgo.RangeBalancer())}
}
