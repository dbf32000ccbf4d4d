export { checkCondition, type CheckedCondition, type ConditionFinding } from './check-condition';
export {
  compileCondition,
  loadCondition,
  type Condition,
  type ConditionMoment,
  type ConditionOutcome,
} from './compile-condition';
