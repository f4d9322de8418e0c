// One member of a group, with sarama: see ../groups/README.md.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/IBM/sarama"
)

const pause = 100 * time.Millisecond

func setting(name string) string { return os.Getenv("MEMBER_" + name) }

func milliseconds(name string) time.Duration {
	ms, err := strconv.Atoi(setting(name))
	if err != nil {
		panic(err)
	}
	return time.Duration(ms) * time.Millisecond
}

func complain(err error) { fmt.Fprintln(os.Stderr, err) }

func sayRecord(record *sarama.ConsumerMessage) {
	fmt.Println("record", record.Partition, record.Offset, string(record.Value))
}

// What the group calls: once around each generation, and once for each partition of it.
type member struct{ topic string }

func (m member) Setup(session sarama.ConsumerGroupSession) error {
	line := "assigned"
	for _, partition := range session.Claims()[m.topic] {
		line += fmt.Sprintf(" %d", partition)
	}
	fmt.Println(line)
	return nil
}

func (m member) Cleanup(sarama.ConsumerGroupSession) error {
	fmt.Println("assigned")
	return nil
}

func (m member) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for {
		select {
		case record, open := <-claim.Messages():
			if !open {
				return nil
			}
			sayRecord(record)
			session.MarkMessage(record, "")
		case <-session.Context().Done():
			return nil
		}
	}
}

func config() *sarama.Config {
	c := sarama.NewConfig()
	c.Version = sarama.V2_8_0_0
	c.Consumer.Offsets.Initial = sarama.OffsetOldest
	c.Consumer.Offsets.AutoCommit.Interval = milliseconds("COMMIT_MS")
	c.Consumer.Return.Errors = true
	c.Consumer.Group.Session.Timeout = milliseconds("SESSION_MS")
	c.Consumer.Group.Heartbeat.Interval = milliseconds("HEARTBEAT_MS")
	c.Consumer.Group.InstanceId = setting("INSTANCE")
	return c
}

func consume(leaves context.Context, client sarama.Client) error {
	group, err := sarama.NewConsumerGroupFromClient(setting("GROUP"), client)
	if err != nil {
		return err
	}
	go func() {
		for err := range group.Errors() {
			complain(err)
		}
	}()
	// Consume returns at the end of each generation.
	for leaves.Err() == nil {
		err := group.Consume(leaves, []string{setting("TOPIC")}, member{setting("TOPIC")})
		if err != nil && !errors.Is(err, context.Canceled) {
			complain(err)
			time.Sleep(pause)
		}
	}
	return group.Close()
}

// Given partitions, from where the group has committed; sarama has an offset manager for that.
func assign(leaves context.Context, client sarama.Client, partitions []string) error {
	consumer, err := sarama.NewConsumerFromClient(client)
	if err != nil {
		return err
	}
	offsets, err := sarama.NewOffsetManagerFromClient(setting("GROUP"), client)
	if err != nil {
		return err
	}
	var readers sync.WaitGroup
	for _, word := range partitions {
		partition, err := strconv.Atoi(word)
		if err != nil {
			return err
		}
		readers.Add(1)
		go func() {
			defer readers.Done()
			if err := assignOne(leaves, consumer, offsets, int32(partition)); err != nil {
				complain(err)
			}
		}()
	}
	readers.Wait()
	return errors.Join(offsets.Close(), consumer.Close())
}

func assignOne(leaves context.Context, consumer sarama.Consumer, offsets sarama.OffsetManager, partition int32) error {
	manager, err := offsets.ManagePartition(setting("TOPIC"), partition)
	if err != nil {
		return err
	}
	next, _ := manager.NextOffset()
	reader, err := consumer.ConsumePartition(setting("TOPIC"), partition, next)
	if err != nil {
		return err
	}
	for {
		select {
		case record := <-reader.Messages():
			sayRecord(record)
			manager.MarkOffset(record.Offset+1, "")
		case <-leaves.Done():
			return errors.Join(reader.Close(), manager.Close())
		}
	}
}

func run(leaves context.Context) error {
	client, err := sarama.NewClient([]string{setting("BOOTSTRAP")}, config())
	if err != nil {
		return err
	}
	defer client.Close()
	if setting("ASSIGN") != "" {
		return assign(leaves, client, strings.Split(setting("ASSIGN"), ","))
	}
	return consume(leaves, client)
}

func main() {
	leaves, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if err := run(leaves); err != nil {
		complain(err)
		os.Exit(1)
	}
}
