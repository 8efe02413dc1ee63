import serial

port = serial.serial_for_url("loop://", baudrate=9600, timeout=1)
port.write(b"temp=21.5;hum=40;")
print(port.read_until(terminator=b";"))
print(port.read_until(terminator=b";"))
print(port.baudrate)
port.close()
