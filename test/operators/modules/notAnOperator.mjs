export default { name: 'notAnOperator' };
