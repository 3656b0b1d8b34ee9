export { callOperator, NoServer } from './client.ts'
export {
  type OperatorCommand,
  type OperatorHandler,
  OperatorProblem,
  type OperatorRequest,
  type OperatorStatus,
} from './protocol.ts'
export { OperatorServer } from './server.ts'
