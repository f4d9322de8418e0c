// The handlers of the data path: producing, fetching, offsets, producer ids, and ApiVersions. Those
// of topics and configurations are in admin_handlers.h.
#pragma once

#include "broker/api/context.h"
#include "wire/messages_fwd.h"

namespace understudy::broker {

void api_versions(Context&, wire::ApiVersionsRequest, Reply<wire::ApiVersionsResponse>);
void describe_producers(Context&, wire::DescribeProducersRequest,
                        Reply<wire::DescribeProducersResponse>);
void fetch(Context&, wire::FetchRequest, Reply<wire::FetchResponse>);
void init_producer_id(Context&, wire::InitProducerIdRequest, Reply<wire::InitProducerIdResponse>);
void list_offsets(Context&, wire::ListOffsetsRequest, Reply<wire::ListOffsetsResponse>);
void offset_for_leader_epoch(Context&, wire::OffsetForLeaderEpochRequest,
                             Reply<wire::OffsetForLeaderEpochResponse>);
void produce(Context&, wire::ProduceRequest, Reply<wire::ProduceResponse>);

}  // namespace understudy::broker
