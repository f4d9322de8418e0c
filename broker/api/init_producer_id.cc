// InitProducerId (22): a new producer id for an idempotent producer.
//
//   v3  the request may carry a producer id and epoch (KIP-360); without a transactional id they
//   are
//       checked for sense and otherwise ignored
//
// Transactional ids need a transaction coordinator, and none runs here yet.
#include "wire/messages/init_producer_id.h"

#include <utility>

#include "broker/api/handlers.h"
#include "broker/api/node_state.h"

namespace understudy::broker {

void init_producer_id(Context& context, wire::InitProducerIdRequest request,
                      Reply<wire::InitProducerIdResponse> reply) {
  using wire::ErrorCode;
  const auto refuse = [&](ErrorCode error) {
    std::move(reply).send({.error_code = error, .producer_id = -1, .producer_epoch = -1});
  };
  if ((request.producer_id == -1) != (request.producer_epoch == -1)) {
    return refuse(ErrorCode::kInvalidRequest);
  }
  if (request.transactional_id) {
    return refuse(request.transactional_id->empty() ? ErrorCode::kInvalidRequest
                                                    : ErrorCode::kCoordinatorNotAvailable);
  }
  const NodeId node = reply.request().node;
  const auto producer_id = context.nodes.of(node).producer_ids.next(context.cluster, node);
  if (!producer_id) return refuse(ErrorCode::kKafkaStorageError);
  std::move(reply).send({.producer_id = *producer_id, .producer_epoch = 0});
}

}  // namespace understudy::broker
