use super::locker::*;

#[test]
fn only_the_right_code_opens_the_box() {
    let mut locker = LockerMachineAuthority::new();
    let mut effects = Vec::new();
    let collect = |number| LockerMachineInput::Collect { code: Code::from_number(number) };

    locker.apply(&LockerMachineInput::Deposit { code: Code::from_number(4711) }, &mut effects).unwrap();
    let refused = locker.apply(&collect(4712), &mut effects).unwrap_err();
    assert_eq!(refused.to_string(), "CompartmentCollect requires that the code is right");
    locker.apply(&collect(4711), &mut effects).unwrap();
    assert_eq!(effects, [LockerMachineEffect::Unlock]);
}
