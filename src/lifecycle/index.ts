export { deleteKey } from './deletion.ts'
export {
  type Arrival,
  deleteMaterial,
  expireMaterials,
  receiveMaterial,
  updatePendingState,
} from './imported-material.ts'
export { listRecords, listReplicaRegions } from './members.ts'
export { rotateIfDue, rotateKey, startRotation, stopRotation } from './rotation.ts'
