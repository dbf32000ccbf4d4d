import { messagingSuite } from './messaging.suite';

messagingSuite('the test broker');
