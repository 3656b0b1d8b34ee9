export { callOperator, NoServer } from './client.ts'
export {
  type InitResult,
  type LastBackup,
  type OperatorCommand,
  type OperatorHandler,
  OperatorProblem,
  type OperatorRequest,
  type OperatorStatus,
  type Quorum,
  type RekeyDone,
  type RekeyResult,
  type RotateResult,
  type ShareCount,
} from './protocol.ts'
export { OperatorServer } from './server.ts'
