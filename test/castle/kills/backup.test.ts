import { test } from 'node:test'
import { needsSeaweed } from '../../fixtures/s3/seaweedfs.ts'
import { backupOperations } from '../../long/castle/operations.ts'
import { testKills } from '../../long/castle/short-form.ts'

testKills(backupOperations())
if (needsSeaweed !== false) test('nothing is lost when backup-s3 is killed', { skip: needsSeaweed })
