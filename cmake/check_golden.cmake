# Compares what a program prints with a file that is kept for review: -DPROGRAM, -DARGUMENT, -DGOLDEN.
execute_process(COMMAND ${PROGRAM} ${ARGUMENT} OUTPUT_VARIABLE printed RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "${PROGRAM} ${ARGUMENT} failed")
endif()
file(READ ${GOLDEN} golden)
if(NOT printed STREQUAL golden)
  message(FATAL_ERROR "${GOLDEN} is not what the program prints. If the change is meant: wenming ${ARGUMENT} > ${GOLDEN}")
endif()
