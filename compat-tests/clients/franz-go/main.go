// franz-go creates a topic, produces idempotently (its default) and reads back by offset.
// Usage: smoke HOST:PORT TOPIC MESSAGES PARTITIONS
package main

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

const patience = 60 * time.Second

type smoke struct {
	bootstrap  string
	topic      string
	messages   int
	partitions int
}

func main() {
	messages, _ := strconv.Atoi(os.Args[3])
	partitions, _ := strconv.Atoi(os.Args[4])
	s := smoke{os.Args[1], os.Args[2], messages, partitions}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := s.run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "franz-go:", err)
		os.Exit(1)
	}
	fmt.Printf("ok: franz-go %s: %d messages in %d partitions, each exactly once and in order\n",
		version(), messages, partitions)
}

func (s smoke) run(ctx context.Context) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(s.bootstrap), kgo.DefaultProduceTopic(s.topic),
		kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		return err
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	if _, err := admin.CreateTopic(ctx, int32(s.partitions), 1, nil, s.topic); err != nil {
		return fmt.Errorf("creating the topic: %w", err)
	}
	if err := s.produce(ctx, client); err != nil {
		return fmt.Errorf("producing: %w", err)
	}
	if err := s.checkEnds(ctx, admin); err != nil {
		return fmt.Errorf("asking for the end offsets: %w", err)
	}
	if err := s.readBack(ctx); err != nil {
		return fmt.Errorf("reading back: %w", err)
	}
	if _, err := admin.DeleteTopic(ctx, s.topic); err != nil {
		return fmt.Errorf("deleting the topic: %w", err)
	}
	return nil
}

func (s smoke) produce(ctx context.Context, client *kgo.Client) error {
	var records []*kgo.Record
	for n := 0; n < s.messages; n++ {
		records = append(records, &kgo.Record{Partition: int32(n % s.partitions),
			Key: []byte(strconv.Itoa(n)), Value: []byte(fmt.Sprintf("message %d", n))})
	}
	for _, result := range client.ProduceSync(ctx, records...) {
		if result.Err != nil {
			return result.Err
		}
		n, _ := strconv.Atoi(string(result.Record.Key))
		if result.Record.Offset != int64(n/s.partitions) {
			return fmt.Errorf("message %d was acknowledged at offset %d", n, result.Record.Offset)
		}
	}
	return nil
}

func (s smoke) checkEnds(ctx context.Context, admin *kadm.Client) error {
	ends, err := admin.ListEndOffsets(ctx, s.topic)
	if err != nil {
		return err
	}
	for p := 0; p < s.partitions; p++ {
		end, found := ends.Lookup(s.topic, int32(p))
		expected := int64((s.messages - p + s.partitions - 1) / s.partitions)
		if !found || end.Err != nil || end.Offset != expected {
			return fmt.Errorf("partition %d should end at %d: %+v", p, expected, end)
		}
	}
	return nil
}

func (s smoke) readBack(ctx context.Context) error {
	starts := map[int32]kgo.Offset{}
	for p := 0; p < s.partitions; p++ {
		starts[int32(p)] = kgo.NewOffset().At(0)
	}
	consumer, err := kgo.NewClient(kgo.SeedBrokers(s.bootstrap),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{s.topic: starts}))
	if err != nil {
		return err
	}
	defer consumer.Close()
	following := make([]int64, s.partitions)
	for read := 0; read < s.messages; {
		fetches := consumer.PollFetches(ctx)
		if errors := fetches.Errors(); len(errors) > 0 {
			return fmt.Errorf("after %d messages: %v", read, errors)
		}
		for _, record := range fetches.Records() {
			p := record.Partition
			n := following[p]*int64(s.partitions) + int64(p)
			if record.Offset != following[p] || string(record.Key) != strconv.FormatInt(n, 10) ||
				string(record.Value) != fmt.Sprintf("message %d", n) {
				return fmt.Errorf("partition %d: expected message %d at offset %d, got %q at %d",
					p, n, following[p], record.Value, record.Offset)
			}
			following[p]++
			read++
		}
	}
	return nil
}

// version is that of the client module, as it was linked in.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, module := range info.Deps {
			if module.Path == "github.com/twmb/franz-go" {
				return module.Version
			}
		}
	}
	return "of an unknown version"
}
