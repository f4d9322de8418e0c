// One member of a group, with franz-go: see ../../groups/README.md.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"sort"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

const poll = 100 * time.Millisecond

func setting(name string) string { return os.Getenv("MEMBER_" + name) }

func milliseconds(name string) time.Duration {
	ms, err := strconv.Atoi(setting(name))
	if err != nil {
		panic(err)
	}
	return time.Duration(ms) * time.Millisecond
}

// What the client's callbacks, which run in goroutines of their own, tell of what the member owns.
type assignment struct {
	mutex sync.Mutex
	owned map[int32]bool
}

func (a *assignment) change(changed map[string][]int32, isOwned bool) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	for _, partitions := range changed {
		for _, partition := range partitions {
			a.owned[partition] = isOwned
		}
	}
	line := "assigned"
	for _, partition := range a.sorted() {
		line += fmt.Sprintf(" %d", partition)
	}
	fmt.Println(line)
}

func (a *assignment) sorted() []int {
	var all []int
	for partition, isOwned := range a.owned {
		if isOwned {
			all = append(all, int(partition))
		}
	}
	sort.Ints(all)
	return all
}

func commit(ctx context.Context, client *kgo.Client) {
	client.CommitOffsetsSync(ctx, client.UncommittedOffsets(), sayCommitted)
}

func sayCommitted(_ *kgo.Client, request *kmsg.OffsetCommitRequest, response *kmsg.OffsetCommitResponse, err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "commit:", err)
		return
	}
	errors := map[int32]int16{}
	for _, topic := range response.Topics {
		for _, partition := range topic.Partitions {
			errors[partition.Partition] = partition.ErrorCode
		}
	}
	for _, topic := range request.Topics {
		for _, partition := range topic.Partitions {
			if code, answered := errors[partition.Partition]; !answered || code != 0 {
				fmt.Fprintln(os.Stderr, "commit: error code", code, "for partition", partition.Partition)
				continue
			}
			fmt.Println("committed", partition.Partition, partition.Offset)
		}
	}
}

func options() []kgo.Opt {
	owned := &assignment{owned: map[int32]bool{}}
	all := []kgo.Opt{
		kgo.SeedBrokers(setting("BOOTSTRAP")), kgo.ConsumerGroup(setting("GROUP")), kgo.ConsumeTopics(setting("TOPIC")),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.DisableAutoCommit(), kgo.BlockRebalanceOnPoll(),
		kgo.SessionTimeout(milliseconds("SESSION_MS")), kgo.HeartbeatInterval(milliseconds("HEARTBEAT_MS")),
		kgo.OnPartitionsAssigned(func(_ context.Context, _ *kgo.Client, gained map[string][]int32) { owned.change(gained, true) }),
		kgo.OnPartitionsRevoked(func(ctx context.Context, client *kgo.Client, gone map[string][]int32) {
			commit(ctx, client)
			owned.change(gone, false)
		}),
		kgo.OnPartitionsLost(func(_ context.Context, _ *kgo.Client, gone map[string][]int32) { owned.change(gone, false) }),
	}
	if instance := setting("INSTANCE"); instance != "" {
		// A restarted leader makes a plan, and asks for a rebalance if it is not what the broker has; only a balancer without
		// memory makes the same plan again.
		all = append(all, kgo.InstanceID(instance), kgo.Balancers(kgo.RangeBalancer()))
	}
	if setting("PROTOCOL") == "consumer" {
		all = append(all, serverSide()...)
	}
	return all
}

func main() {
	leaves, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	client, err := kgo.NewClient(options()...)
	if err != nil {
		panic(err)
	}
	read(leaves, client)
	commit(context.Background(), client)
	client.AllowRebalance()
	client.Close()
}

func read(leaves context.Context, client *kgo.Client) {
	nextCommit := time.Now().Add(milliseconds("COMMIT_MS"))
	for leaves.Err() == nil {
		ctx, cancel := context.WithTimeout(leaves, poll)
		fetches := client.PollFetches(ctx)
		cancel()
		fetches.EachRecord(func(r *kgo.Record) { fmt.Println("record", r.Partition, r.Offset, string(r.Value)) })
		if time.Now().After(nextCommit) {
			commit(context.Background(), client)
			nextCommit = time.Now().Add(milliseconds("COMMIT_MS"))
		}
		client.AllowRebalance()
	}
}
